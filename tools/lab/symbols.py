"""Which functions of the library a hole reaches: the object's relocations, followed from the hole's own function."""
import re

import elf
import manifest
from errors import HandInError
from workbench import Workbench

PRINTABLE = re.compile(r"[^\x00-\x20\x7f]{1,20000}")


def demangle(names):
    """{name: as it is written in C++}. Throws HandInError for names that no compiler makes."""
    names = list(names)
    if not all(map(PRINTABLE.fullmatch, names)):
        raise HandInError("its object file has names that no compiler makes")
    if not names:
        return {}
    with Workbench() as bench:
        bench.put("names", "\n".join(names) + "\n")
        end, said = bench.run(["sh", "-c", "exec c++filt < names"], seconds=20, wall_seconds=60, memory_mb=512, most=1 << 25)
    lines = said.split("\n")
    if end.status != 0 or len(lines) != len(names) + 1:
        raise HandInError("its object file has names that cannot be read")
    return dict(zip(names, lines))


def reach(code, start):
    """(sections, numbers of symbols) that can be reached from the sections in `start`."""
    seen, used, queue = set(), set(), list(start)
    while queue:
        section = queue.pop()
        if section in seen:
            continue
        seen.add(section)
        for number in code.refers.get(section, ()):
            used.add(number)
            queue.append(code.symbols[number].section)
    return seen, used


def called_by_others(code, library):
    """Sections that run although no hole calls them: before main, or in the place of a function that the library or C++'s
    calls (operator new, malloc)."""
    names = re.compile(r"(?!_Z).|_Z(nw|na|dl|da)")  # of C; operator new and delete
    standard = re.compile(r"_ZN?K?St")
    return {*code.runs_before_main(), *(s.section for s in code.symbols if s.section != elf.UNDEFINED and s.name and (
        s.binding != elf.LOCAL and names.match(s.name) or s.binding == elf.GLOBAL and (s.name in library or standard.match(s.name))))}


def forbidden_calls(object_file, exercises, library=frozenset()):
    """{exercise id: why it scores nothing}. What no hole reaches, or runs unasked, counts for every hole. `library`:
    the names that the library defines; where the hand-in defines one too, the linker may still take the library's."""
    code = elf.Object(object_file)
    plain = demangle({s.name for s in code.symbols if s.name})
    roots = {e["id"]: {s.section for s in code.symbols if s.section and plain.get(s.name, "").startswith(f"lab::{e['function']}(")}
             for e in exercises}
    reached = {name: reach(code, start) for name, start in roots.items()}
    everywhere = {section for section in code.refers if code.is_loaded(section) and not code.is_gone_if_unused(section)}
    everywhere -= set().union(*(sections for sections, _ in reached.values()))
    everywhere |= called_by_others(code, library)
    common = reach(code, (section for section in everywhere if not code.is_unwinding(section)))[1]
    common |= set().union(*(code.refers[section] for section in everywhere if code.is_unwinding(section)))
    reasons = {}
    for e in exercises:
        used = {s.name for s in (code.symbols[number] for number in reached[e["id"]][1] | common)
                if s.name and (s.section == elf.UNDEFINED or s.binding != elf.LOCAL and s.name in library)}
        for name in sorted(plain[name] for name in used):
            if manifest.forbidden_word(name, e["forbidden"]):
                reasons[e["id"]] = f"Lab {e['id']} may not use {name.split('@')[0]}: write it yourself."
                break
    return reasons
