#!/usr/bin/env python3
"""Headers as Doxygen is to read them: a `///` comment speaks for every overload that follows it without an empty line.

Each such overload gets the comment's text on its own line, so that line numbers stay. A declaration with another name
gets nothing: it needs a comment of its own. Usage: header.py --self-test"""
import re
import sys

NAME = re.compile(r"(operator\s*(?:\(\)|[^\s\w(]+|\w+)|\w+)\s*\(")
TEMPLATE = re.compile(r"^\s*(?:template <.*>\s*$|requires.*\n)", re.M)
SCOPE = re.compile(r"(?:template <.*>\s*)?(?:inline )?(?:class|struct|enum|namespace|union)\b.*\{$")


def statement_end(lines, first):
    """One past the last line of the statement that begins at `first`."""
    depth = 0
    for i in range(first, len(lines)):
        code = re.sub(r"\s*//.*", "", lines[i])
        depth += sum(code.count(c) for c in "{(") - sum(code.count(c) for c in "})")
        if depth <= 0 and code.rstrip().endswith((";", "}")):
            return i + 1
    return len(lines)


def function_name(statement):
    """The name of the function that a statement declares; None if it declares none."""
    found = NAME.search(TEMPLATE.sub("", "\n".join(statement)))
    return re.sub(r"\s", "", found[1]) if found else None


def convert(lines):
    out, comment, said, i = [], [], (None, ""), 0
    while i < len(lines):
        text = lines[i].strip()
        if text.startswith("///"):
            comment.append(text[3:].strip())
        if text.startswith(("//", "#", "}")) or text.endswith(":") or SCOPE.match(text) or not text:
            if not text.startswith("///"):
                comment = []
            said, last = (None, ""), i + 1
        else:
            last = statement_end(lines, i)
            name = function_name(lines[i:last])
            if comment:
                said, comment = (name, " ".join(comment)), []
            elif name and name == said[0]:
                lines[i] = re.sub(r"^\s*", lambda space: f"{space[0]}/** {said[1]} */ ", lines[i], count=1)
            else:
                said = (None, "")
        out += lines[i:last]
        i = last
    return out


def self_test():
    text = ["namespace n {", "/// Sum of", "/// both.", "T add(T a, T b);", "T add(T a,", "      N b);", "T sub(T a, T b);", "T sub(T a);", "",
            "T add();", "struct S {", "  /// From x.", "  S(int x) {", "    f(x);", "  }", "  template <class F>", "  S(F f);", "};"]
    expected = list(text)
    expected[4] = "/** Sum of both. */ T add(T a,"
    expected[15] = "  /** From x. */ template <class F>"
    found = convert(list(text))
    if found != expected:
        sys.exit("self-test:\n" + "\n".join(f"{e!r} expected, {f!r} found" for e, f in zip(expected, found) if e != f))


if __name__ == "__main__":
    if sys.argv[1:] != ["--self-test"]:
        sys.exit(__doc__)
    self_test()
