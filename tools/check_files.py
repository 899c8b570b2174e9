#!/usr/bin/env python3
"""Checks every text file of the repository: length, whitespace, marks of unfinished work, paths of one machine.
Usage: check_files.py [ROOT] | --self-test"""
import pathlib
import re
import subprocess

import check

CODE = {".h", ".cpp", ".cu", ".cuh", ".py", ".sh", ".cmake"}
TEXT = CODE | {".md", ".txt", ".json", ".cff", ".in", ".gp", ".yml", ""}
MAX_LINES = 450  # a longer file is two ideas
GENERATED = re.compile(r"^(build|out|\.git|third_party)/|^tests/reference/.*\.(json|h)$|^bench/results/")
# Labs are the one place where a mark of unfinished work is meant for the reader.
LABS = re.compile(r"^tutorials/.*lab[^/]*\.(cpp|h)$|^tutorials/.*\.md$")
MARKS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "HACK" + "!"]) + r")\b")
MACHINE = re.compile(r"(?<![\w.])/(home|root|work|Users)/[A-Za-z0-9_.]")


def text_files(root):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, text=True)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
    else:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    return sorted(name for name in names if pathlib.Path(name).suffix in TEXT and not GENERATED.search(name))


def complaints(root):
    for name in text_files(root):
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines = text.split("\n")
        code = pathlib.Path(name).suffix in CODE or text.startswith("#!")
        if code and len(lines) - 1 > MAX_LINES:
            yield f"{name}: {len(lines) - 1} lines, at most {MAX_LINES}: two ideas in one file?"
        if text and not text.endswith("\n"):
            yield f"{name}:{len(lines)}: no newline at the end"
        for number, line in enumerate(lines, 1):
            if code and line != line.rstrip():
                yield f"{name}:{number}: blanks at the end of the line"
            if MACHINE.search(line):
                yield f"{name}:{number}: a path of one machine: {line.strip()}"
            if MARKS.search(line) and not LABS.search(name):
                yield f"{name}:{number}: a mark of unfinished work: {line.strip()}"


def self_test():
    """Plants one fault of each kind in a small tree and expects to find exactly these."""
    files = {
        "long.h": "// line\n" * (MAX_LINES + 1),
        "good.cpp": "// line\n" * MAX_LINES,
        "open.py": "x = 1",
        "blank.sh": "a=1 \n",
        "machine.md": "See /" + "home/me/cadena and docs/root/page.\n",
        "mark.cpp": "// " + "TO" + "DO later\n",
        "tutorials/01_x/lab.cpp": "// " + "TO" + "DO(student)\n",
    }
    expected = ["blank.sh:1", "long.h", "machine.md:1", "mark.cpp:1", "open.py:1"]
    check.expect_at(complaints, files, expected)


if __name__ == "__main__":
    check.main(complaints, "files: nothing to complain about", self_test)
