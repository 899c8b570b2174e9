#!/usr/bin/env python3
"""Compares the op structs in autograd/*.cpp with the table in autograd/ops.cpp and the reference values.
Usage: check_ops.py [ROOT] | --self-test"""
import re
import sys

import check

STRUCT = re.compile(r"^(?:template <[^\n]*>\s*)?struct (\w+)[^;{]*\{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
NAME = re.compile(r'static constexpr auto name = "(\w+)"')
ENTRY = re.compile(r"entry_of<(\w+)>\(\);")
APPEND = re.compile(r"\bappend<([^>]*)>")
MEMBERS = {
    "formula": re.compile(r"static constexpr auto formula = "),
    "samples()": re.compile(r"\bsamples\(\)"),
    "wrong()": re.compile(r"\bwrong\(\)"),
}


def complaints(root):
    structs, names, entries = {}, {}, set()
    for file in sorted((root / "autograd").glob("*.cpp")):
        text = file.read_text(encoding="utf-8")
        entries.update(ENTRY.findall(text))
        for struct, body in STRUCT.findall(text):
            name = NAME.search(body)
            if not name:
                continue
            place = f"autograd/{file.name}: struct {struct}"
            if name[1] in names:
                yield f"{place}: the name {name[1]} is taken by {names[name[1]]}"
            structs[struct] = place
            names.setdefault(name[1], struct)
            for member, pattern in MEMBERS.items():
                if not pattern.search(body):
                    yield f"{place}: has no {member}"
        if len(NAME.findall(text)) != sum(1 for _, body in STRUCT.findall(text) if NAME.search(body)):
            yield f"autograd/{file.name}: has an op that is no struct of the usual form"

    table = root / "autograd/ops.cpp"
    listed = [op.strip() for row in APPEND.findall(table.read_text(encoding="utf-8")) for op in row.split(",")]
    listed = [op for op in listed if op != "class"]
    for struct, place in sorted(structs.items()):
        if struct not in listed:
            yield f"{place}: is missing in the table of autograd/ops.cpp"
        if struct not in entries:
            yield f"{place}: has no `template const OpEntry& entry_of<{struct}>();`"
    for op in sorted(set(listed)):
        if op not in structs:
            yield f"autograd/ops.cpp: lists {op}, which no file in autograd/ defines"
        if listed.count(op) > 1:
            yield f"autograd/ops.cpp: lists {op} twice"

    values = {file.stem for file in (root / "tests/reference/values").glob("*.json")}
    for name in sorted(set(names) - values):
        yield f"tests/reference/values: nothing for {name}, run tests/reference/make_ops.py {name}"
    for name in sorted(values - set(names)):
        yield f"tests/reference/values/{name}.json: there is no such op"


def op_source(struct, name, leave_out=()):
    lines = {
        "formula": '  static constexpr auto formula = R"(y = x)";\n',
        "samples()": "  static Samples<X> samples() {\n    return {};\n  }\n",
        "wrong()": "  static WrongRules<X> wrong() {\n    return {};\n  }\n",
    }
    body = "".join(line for member, line in lines.items() if member not in leave_out)
    return f'struct {struct} {{\n  static constexpr auto name = "{name}";\n{body}}};\n'


def self_test():
    """Plants one fault of each kind in a small tree and expects to find exactly these."""
    entry = "template const OpEntry& entry_of<{}>();\n"
    files = {
        "autograd/good.cpp": op_source("Good", "good") + entry.format("Good"),
        "autograd/bare.cpp": op_source("Bare", "bare", MEMBERS) + entry.format("Bare"),
        "autograd/alone.cpp": op_source("Alone", "alone"),
        "autograd/twin.cpp": op_source("Twin", "good") + entry.format("Twin"),
        "autograd/ops.cpp": "append<Good, Bare>(table);\nappend<Twin, Ghost, Good>(table);\n",
        "tests/reference/values/good.json": "{}",
        "tests/reference/values/bare.json": "{}",
        "tests/reference/values/gone.json": "{}",
    }
    expected = ["Alone: is missing", "Alone: has no `template", "Bare: has no formula", "Bare: has no samples()",
                "Bare: has no wrong()", "lists Ghost", "lists Good twice", "nothing for alone", "gone.json",
                "Twin: the name good"]
    found = check.found_in(complaints, files)
    missed = [text for text in expected if sum(text in line for line in found) != 1]
    if missed or len(found) != len(expected):
        sys.exit("self-test: not found exactly once: " + ", ".join(missed) + "\n" + "\n".join(found))


if __name__ == "__main__":
    check.main(complaints, "ops: table, structs and reference values agree", self_test)
