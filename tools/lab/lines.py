"""Places in a kernel hand-in: the program says program+0x1234, its reader wants the line."""
import functools
import re
import subprocess

OFFSET = re.compile(r"program\+(0x[0-9a-f]{1,12})\b")


@functools.lru_cache(maxsize=4096)
def line_of(program, offset):
    """The line of lab.cu that the code at `offset` belongs to, or None: of inlined functions the innermost there."""
    done = subprocess.run(["addr2line", "-i", "-e", program, offset], capture_output=True, text=True)
    for place in done.stdout.split("\n"):
        match = re.match(r"^(?:.*/)?lab\.cu:(\d+)", place)
        if match and int(match.group(1)) > 0:
            return int(match.group(1))
    return None


def in_words(text, program, source):
    """`text` with each offset replaced by "lab.cu, line 12", and these lines of the source below it."""
    numbers = []

    def replace(match):
        number = line_of(str(program), match.group(1))
        if number is None:
            return "a place outside of lab.cu"
        if number not in numbers:
            numbers.append(number)
        return f"lab.cu, line {number}"

    text = distinct(OFFSET.sub(replace, text[:20000]))
    rows = source.split("\n")
    shown = [f"line {number}: {rows[number - 1].strip()}" for number in numbers[:6] if number <= len(rows) and f"line {number}" in text]
    return "\n".join([text, *shown])


def distinct(text):
    """The findings, one a line, without those that concern the same lines of the source as one before; three at most."""
    kept, seen = [], set()
    for finding in text.split("\n"):
        places = frozenset(re.findall(r"lab\.cu, line \d+", finding))
        if not places or places not in seen:
            kept.append(finding)
        seen.add(places)
    return "\n".join(kept if len(kept) <= 3 else [*kept[:3], f"and {len(kept) - 3} more"])
