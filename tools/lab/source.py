"""What stands in a lab's sources: variants (#if LAB_NAME_VALUE), holes (BEGIN SOLUTION ... END SOLUTION) and hints."""
import re
import textwrap

from errors import LabError

IF = re.compile(r"^\s*#\s*(if|elif)\s+LAB_([A-Za-z0-9]+)_([A-Za-z0-9]+)\s*$")
ELSE = re.compile(r"^\s*#\s*else\s*(//.*)?$")
ENDIF = re.compile(r"^\s*#\s*endif\s*(//.*)?$")
OTHER_IF = re.compile(r"^\s*#\s*if(def|ndef)?\b")
BEGIN = re.compile(r"^(\s*)// BEGIN (SOLUTION|KERNEL) (\d+\.\d+)\s*$")
END = re.compile(r"^\s*// END (SOLUTION|KERNEL)\s*$")
HEADING = re.compile(r"^// Lab (\d+\.\d+):")
HINT = re.compile(r"^\s*// HINT (\d+\.\d+): (.*)$")
HINT_MORE = re.compile(r"^\s*//   (.*)$")


def resolve(text, chosen, name="the source"):
    """The text as it reads when each variant has the value in `chosen`; other conditionals stay."""
    out, stack = [], []  # a stack entry: None for a foreign #if, else [variant, taken before, taken now]
    for number, line in enumerate(text.split("\n"), 1):
        match = IF.match(line)
        if match:
            word, variant, value = match.groups()
            if variant not in chosen:
                raise LabError(f"{name}:{number}: lab.json lists no variant '{variant}'")
            now = chosen[variant] == value
            if word == "if":
                stack.append([variant, now, now])
            elif not stack or stack[-1] is None or stack[-1][0] != variant:
                raise LabError(f"{name}:{number}: #elif of '{variant}' without its #if")
            else:
                stack[-1][2] = now and not stack[-1][1]
                stack[-1][1] = stack[-1][1] or now
            continue
        if OTHER_IF.match(line):
            stack.append(None)
        elif stack and ELSE.match(line) and stack[-1] is not None:
            stack[-1][2] = not stack[-1][1]
            stack[-1][1] = True
            continue
        elif stack and ENDIF.match(line):
            if stack.pop() is not None:
                continue
        if all(entry is None or entry[2] for entry in stack):
            out.append(line)
    if stack:
        raise LabError(f"{name}: an #if without its #endif")
    return "\n".join(out)


def values_used(text):
    """The pairs (variant, value) that the text asks for."""
    return {match.groups()[1:] for match in map(IF.match, text.split("\n")) if match}


def fill(text, body_of, name="the source", kernel_of=lambda hole, indent, lines: lines):
    """The text with each hole's lines replaced by `body_of(id, indent, lines)`, without the marks; those of a kernel,
    which its hole's function launches, by `kernel_of`."""
    out, hole = [], None
    for number, line in enumerate(text.split("\n"), 1):
        match, match_end = BEGIN.match(line), END.match(line)
        if match:
            if hole:
                raise LabError(f"{name}:{number}: a hole inside hole {hole[0]}")
            hole, kind = (match.group(3), match.group(1), []), match.group(2)
        elif match_end:
            if not hole:
                raise LabError(f"{name}:{number}: END SOLUTION without BEGIN SOLUTION")
            if match_end.group(1) != kind:
                raise LabError(f"{name}:{number}: the hole of a {kind} ends as one of a {match_end.group(1)}")
            out += (kernel_of if kind == "KERNEL" else body_of)(*hole)
            hole = None
        elif hole:
            hole[2].append(line)
        else:
            out.append(line)
    if hole:
        raise LabError(f"{name}: hole {hole[0]} has no END SOLUTION")
    return "\n".join(out)


def hole_ids(text):
    ids = []
    fill(text, lambda hole, indent, lines: ids.append(hole) or [])
    return ids


def without_hints(text):
    """(text, {hole: [hint, ...]}): hints are shown by `check`, one after the other, not in the starter."""
    out, hints, last = [], {}, None
    for line in text.split("\n"):
        match = HINT.match(line)
        more = HINT_MORE.match(line)
        if match:
            if last is None and out and out[-1].strip() == "//":
                out.pop()
            last = hints.setdefault(match.group(1), [])
            last.append(match.group(2))
        elif last and more:
            last[-1] += " " + more.group(1)
        else:
            last = None
            out.append(line)
    return "\n".join(out), hints


def starter(text, name="the source"):
    """What the student begins with: every hole throws."""
    text, _ = without_hints(text)
    return fill(text, lambda hole, indent, lines: [f'{indent}throw cadena::NotImplemented("Lab {hole}");'], name,
                lambda hole, indent, lines: [f"{indent}// Lab {hole}: the kernel."])


def with_notes(text, notes):
    """The text with `notes`, {hole: line}, at the end of the comments that begin with the number of their exercise."""
    out, note = [], None
    for line in text.split("\n"):
        heading = HEADING.match(line)
        if note and not line.startswith("//"):
            out += ["//", *textwrap.wrap(note, 118, initial_indent="// ", subsequent_indent="// ")]
            note = None
        elif heading:
            note = notes.get(heading.group(1))
        out.append(line)
    return "\n".join(out)


def without_hidden(text):
    """The tests' source without what stands between BEGIN HIDDEN and END HIDDEN: for students of a course."""
    out, hidden = [], False
    for line in text.split("\n"):
        if line.strip() in ("// BEGIN HIDDEN", "// END HIDDEN"):
            hidden = "BEGIN" in line
        elif not hidden:
            out.append(line)
    return "\n".join(out)


def solution(text, name="the source"):
    return fill(text, lambda hole, indent, lines: lines, name)
