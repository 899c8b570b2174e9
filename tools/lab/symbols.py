"""Which functions of the library a hole reaches: the object's relocations, followed from the hole's own function."""
import collections
import re
import subprocess

import manifest

SECTION = re.compile(r"^RELOCATION RECORDS FOR \[(.*)\]:$")
RELOCATION = re.compile(r"^[0-9a-f]+ \S+\s+(\S+)$")
# addresses of functions for unwinding and debugging: they call nothing
SILENT = re.compile(r"^\.(eh_frame|debug|note|comment)")


def run(*command, text=None):
    return subprocess.run(command, capture_output=True, text=True, check=True, input=text).stdout


def relocations(object_file):
    """{section: names its code and data refer to}"""
    refers, section = collections.defaultdict(set), None
    for line in run("objdump", "-rw", str(object_file)).split("\n"):
        begin, entry = SECTION.match(line), RELOCATION.match(line)
        if begin:
            section = begin.group(1)
        elif entry and section and not SILENT.match(section):
            refers[section].add(re.sub(r"[-+]0x[0-9a-f]+$", "", entry.group(1)))
    return refers


def symbols(object_file):
    """({name: section} of the symbols defined here, [undefined names])"""
    defined, undefined = {}, []
    for line in run("objdump", "-tw", str(object_file)).split("\n"):
        # address, seven flag columns, section, tab, size, name
        match = re.match(r"^[0-9a-f]+ .{7} (\S+)\t[0-9a-f]+\s+(?:\.hidden )?(\S+)$", line)
        if match:
            section, name = match.groups()
            if section == "*UND*":
                undefined.append(name)
            else:
                defined[name] = section
    return defined, undefined


def strong(object_file):
    """The functions and variables that the object defines for others, but those that any object may define."""
    return [line.split()[2] for line in run("nm", "--defined-only", "-g", str(object_file)).split("\n")
            if len(line.split()) == 3 and line.split()[1] not in "WVuw"]


def demangle(names):
    names = list(names)
    return dict(zip(names, run("c++filt", text="\n".join(names) + "\n").split("\n"))) if names else {}


def reach(start, refers, defined):
    """(sections, undefined names) that can be reached from the sections in `start`."""
    seen, names, queue = set(), set(), list(start)
    while queue:
        section = queue.pop()
        if section in seen:
            continue
        seen.add(section)
        for name in refers.get(section, ()):
            if name in defined:
                queue.append(defined[name])
            elif name in refers:
                queue.append(name)
            elif not name.startswith("."):
                names.add(name)
    return seen, names


def forbidden_calls(object_file, exercises):
    """{exercise id: why it scores nothing}. What no hole reaches (static initializers) counts for every hole."""
    refers, (defined, _) = relocations(object_file), symbols(object_file)
    plain = demangle(defined)
    roots = {e["id"]: {defined[name] for name in defined if plain[name].startswith(f"lab::{e['function']}(")}
             for e in exercises}
    reached = {name: reach(start, refers, defined) for name, start in roots.items()}
    everywhere = set(refers) - set().union(*(sections for sections, _ in reached.values()))
    common = reach(everywhere, refers, defined)[1]
    reasons = {}
    for e in exercises:
        used = demangle(sorted(reached[e["id"]][1] | common))
        for name in used.values():
            if manifest.forbidden_word(name, e["forbidden"]):
                reasons[e["id"]] = f"Lab {e['id']} may not use {name.split('@')[0]}: write it yourself."
                break
    return reasons
