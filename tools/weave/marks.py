"""The marks of a chapter's page: equations with their proofs, falsification boxes, woven blocks and values."""
import re
from dataclasses import dataclass

EQUATION = re.compile(r"<!-- eq: (\S+) (\w+) ?(.*?) ?-->$")
PROOF = re.compile(r"<!-- proof: (\S+) -->$")
FALSIFY = re.compile(r"<!-- falsify: (\S+) (\S+) -->$")
REFUTED = re.compile(r"<!-- refuted: (\S+) (\S+) -->$")
WEAVE = re.compile(r"<!-- weave: (\w+) (.*?) -->$")
VALUE = re.compile(r"<!-- v: (\S+) (\S+) -->(.*?)<!-- /v -->")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#][^)]*)\)")
DISPLAY = re.compile(r"\s*(?:`{3,}|~{3,})\s*math\b|.*\$\$")  # a formula on lines of its own, however it is written

KINDS = ("definition", "identity", "bound", "cited")


@dataclass
class Equation:
    """A display formula: its number, kind, test (of identities and bounds) or source (of cited ones), and line."""

    number: str
    kind: str
    rest: str
    line: int


@dataclass
class Box:
    """A falsification box: the equation whose test refutes the variant `name`."""

    number: str
    name: str
    line: int


def strip_code(lines):
    """The lines with fenced code (all but formulas) emptied, so that marks in examples are not read as marks."""
    fence, result = None, []
    for line in lines:
        mark = re.match(r"\s*(```+)\s*(\w*)", line)
        if fence is None and mark:
            fence = mark.groups()
        elif fence and line.strip() == fence[0]:
            fence = None
        elif fence and fence[1] != "math":
            line = ""
        result.append(line)
    return result


def with_formulas(lines):
    """(line, whether it is of a display formula), one after the other."""
    inside = False
    for line in lines:
        if line.strip() in ("```math", "```"):
            inside = line.strip() == "```math"
        yield line, inside


def parse(text):
    """(equations, boxes, problems) of a page."""
    lines = strip_code(text.split("\n"))
    equations, boxes, problems = [], [], []

    def follows(i, pattern, key):
        """True if the first mark of this kind after line i carries the same key."""
        for line in lines[i + 1:]:
            if found := pattern.match(line):
                return found.groups()[:len(key)] == key
        return False

    for i, (line, inside) in enumerate(with_formulas(lines)):
        if found := EQUATION.match(line):
            number, kind, rest = found.groups()
            equations.append(Equation(number, kind, rest, i + 1))
            if kind not in KINDS:
                problems.append((i + 1, f"equation {number}: kind '{kind}', expected one of {', '.join(KINDS)}"))
            if kind == "definition" and rest:
                problems.append((i + 1, f"equation {number}: a definition needs no proof, but names '{rest}'"))
            if kind == "cited" and not rest:
                problems.append((i + 1, f"equation {number}: says not from where it is cited"))
            if i + 1 == len(lines) or lines[i + 1].strip() != "```math":
                problems.append((i + 1, f"equation {number}: a ```math fence must follow this line"))
            if not follows(i, PROOF, (number,)):
                problems.append((i + 1, f"equation {number}: '<!-- proof: {number} -->' must follow the formula"))
        elif line.strip() == "```math" and (i == 0 or not EQUATION.match(lines[i - 1])):
            problems.append((i + 1, "a display formula without '<!-- eq: NUMBER KIND ... -->' above it"))
        elif line.strip() != "```math" and not inside and DISPLAY.match(line):
            problems.append((i + 1, "a display formula stands in a ```math fence, so that it has a number and a kind"))
        elif found := FALSIFY.match(line):
            boxes.append(Box(*found.groups(), i + 1))
            if not follows(i, REFUTED, found.groups()):
                problems.append((i + 1, f"box {found[2]}: '<!-- refuted: {found[1]} {found[2]} -->' must follow it"))
    problems += numbering(equations)
    known = {e.number for e in equations}
    problems += [(box.line, f"box {box.name}: there is no equation {box.number}")
                 for box in boxes if box.number not in known]
    return equations, boxes, problems


def numbering(equations):
    """Equations count 1, 2, 3 … in the order of the page, all with the chapter's number."""
    problems = []
    for count, equation in enumerate(equations, 1):
        expected = f"{equations[0].number.split('.')[0]}.{count}"
        if equation.number != expected:
            problems.append((equation.line, f"equation {equation.number} stands where {expected} is due"))
            break
    return problems


def between(text, opening, closing, make):
    """`text` with what stands between an opening line and the closing one replaced by make(match of the opening).

    Marks inside of fenced code are left alone only if they do not match; woven code is itself between marks."""
    lines, result, i = text.split("\n"), [], 0
    while i < len(lines):
        found = opening.match(lines[i])
        result.append(lines[i])
        i += 1
        if not found:
            continue
        end = i
        while end < len(lines) and lines[end].strip() != closing:
            end += 1
        if end == len(lines):
            raise ValueError(f"line {i}: '{lines[i - 1]}' is not closed by '{closing}'")
        new = make(found, "\n".join(lines[i:end]))
        result += [new] if new else []
        i = end
    return "\n".join(result)
