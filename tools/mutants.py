#!/usr/bin/env python3
"""Small changes of C++ sources, for tools/mutate.py: operators and constants of the code that computes, one at a time.
Usage: mutants.py FILE... lists them | --self-test"""
import collections
import pathlib
import re
import sys

Mutant = collections.namedtuple("Mutant", "file line original mutated start end text")
# file, line number, the stripped line before and after, and what replaces file[start:end]

SWAPS = {
    " + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * "], " % ": [" / "],
    " += ": [" -= "], " -= ": [" += "], " *= ": [" /= "], " /= ": [" *= "],
    " < ": [" <= "], " <= ": [" < "], " > ": [" >= "], " >= ": [" > "], " == ": [" != "], " != ": [" == "],
    " && ": [" || "], " || ": [" && "],
}
WORDS = {
    "true": "false", "false": "true", "sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "floor": "ceil",
    "ceil": "floor", "min": "max", "max": "min", "log": "log1p", "log1p": "log", "exp": "expm1", "expm1": "exp",
    "tril": "triu", "triu": "tril", "lower": "upper", "upper": "lower",
}
OPERATOR = re.compile("|".join(re.escape(key) for key in sorted(SWAPS, key=len, reverse=True)))
WORD = re.compile(r"(?<![\w.>])(?:std::)?(" + "|".join(WORDS) + r")\b(?=[<(;,) ])")
MINUS = re.compile(r"(?<=[(=,?:{] )-(?=[\w(])|(?<=[({])-(?=[\w(])|(?<=return )-(?=[\w(])")
NOT = re.compile(r"(?<=[(=&|?:{] )!(?=[\w(])|(?<=\()!(?=[\w(])|(?<=return )!(?=[\w(])")
NUMBER = re.compile(r"(?<![\w.<])(\d+\.\d*(?:e[+-]?\d+)?|\d+(?:e[+-]?\d+)?)(?![\w.>])")
OPERAND = re.compile(r"\b(?:Arg<([01])>|Res<[01]?>)")

# What does not compute: it is blanked out before anything is looked for.
QUIET = re.compile(r'//[^\n]*|/\*.*?\*/|R"\(.*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#[^\n]*'
                   r"|^[ \t]*template <[^\n]*|^[ \t]*(?:using|friend|namespace|inline namespace)\b[^\n]*"
                   r"|static constexpr (?:auto|double|bool) (?:name|formula|rounding|two_byte_types)\b[^;]*;"
                   r"|constexpr \w+ k\w*Grain\w* = [^;]*;",
                   re.MULTILINE | re.DOTALL)
CALLS = re.compile(r"\b(?:fail<\w+>|fail_\w+|static_assert|concat|check_\w+)\(")  # texts of errors
FUNCTIONS = re.compile(r"\bstatic (?:Samples|WrongRules)<\w+> \w+\(\) \{")

GRAIN = re.compile(r"\b(?:parallel_for|for_each_plane)\(")  # the second argument decides the speed alone


def closing(text, start, pair):
    """The position behind the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == pair[0]) - (text[at] == pair[1])
        if depth == 0:
            return at + 1
    return len(text)


def blanked(text):
    def blank(part):
        return re.sub(r"[^\n]", " ", part)

    text = QUIET.sub(lambda match: blank(match[0]), text)
    for pattern, pair in ((FUNCTIONS, "{}"), (CALLS, "()")):
        at = 0
        while match := pattern.search(text, at):
            end = closing(text, match.end() - 1, pair)
            text = text[:match.start()] + blank(text[match.start():end]) + text[end:]
            at = end
    for match in GRAIN.finditer(text):
        commas, depth = [], 0
        for at in range(match.end(), len(text)):
            depth += (text[at] in "([{") - (text[at] in ")]}")
            if depth < 0 or len(commas) == 2:
                break
            if depth == 0 and text[at] == ",":
                commas.append(at)
        if len(commas) == 2:
            text = text[:commas[0]] + blank(text[commas[0]:commas[1]]) + text[commas[1]:]
    return text


def another_number(number):
    if number.isdigit():
        return str(int(number) + 1)
    return "1.0" if float(number) == 0 else repr(float(number) * 2)


def edits(code):
    """(start, end, replacement) for every change of the blanked code."""
    for match in OPERATOR.finditer(code):
        for swap in SWAPS[match[0]]:
            yield match.start(), match.end(), swap
    for match in WORD.finditer(code):
        yield match.start(1), match.end(1), WORDS[match[1]]
    for pattern in (MINUS, NOT):
        for match in pattern.finditer(code):
            yield match.start(), match.end(), ""
    for match in NUMBER.finditer(code):
        yield match.start(), match.end(), another_number(match[1])
    for match in OPERAND.finditer(code):
        if match[1] is None:
            yield match.start(), match.end(), "Arg<0>"  # the input where the output belongs
        else:
            yield match.start(), match.end(), f"Arg<{1 - int(match[1])}>"


def mutants_of(name, text):
    """All mutants of one file, in the order of its lines."""
    found = []
    for start, end, replacement in sorted(set(edits(blanked(text)))):
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        last = len(text) if last < 0 else last
        original = text[first:last].strip()
        mutated = (text[first:start] + replacement + text[end:last]).strip()
        found.append(Mutant(name, text.count("\n", 0, start) + 1, original, mutated, start, end, replacement))
    return found


def apply(mutant, text):
    return text[:mutant.start] + mutant.text + text[mutant.end:]


def self_test():
    source = '''#include "a/b.h"  // 1 + 1
template <class T, int N = 3>
/// a * b
struct Div {
  static constexpr auto name = "div";
  static constexpr double rounding = 4;
  Variable vjp(Wrt<1>, Cot dy, Arg<1> b, Res<> y) const { return -dy * y / b; }
  static Samples<Div> samples() {
    return {{"", {}, {normal({2, 3} + 1)}}};
  }
};
if (n < 2 && !done) fail<ShapeError>("n = ", n + 1);
const T* p = q + std::min(n, i64{1}); x = 0.5;
constexpr i64 kGrain = 100;
parallel_for(f(n, m), kGrain / (n + 1), [&](i64 a) { x(a); });
'''
    expected = {
        "Variable vjp(Wrt<1>, Cot dy, Arg<0> b, Res<> y) const { return -dy * y / b; }",
        "Variable vjp(Wrt<1>, Cot dy, Arg<1> b, Arg<0> y) const { return -dy * y / b; }",
        "Variable vjp(Wrt<1>, Cot dy, Arg<1> b, Res<> y) const { return dy * y / b; }",
        "Variable vjp(Wrt<1>, Cot dy, Arg<1> b, Res<> y) const { return -dy / y / b; }",
        "Variable vjp(Wrt<1>, Cot dy, Arg<1> b, Res<> y) const { return -dy * y * b; }",
        'if (n <= 2 && !done) fail<ShapeError>("n = ", n + 1);',
        'if (n < 3 && !done) fail<ShapeError>("n = ", n + 1);',
        'if (n < 2 || !done) fail<ShapeError>("n = ", n + 1);',
        'if (n < 2 && done) fail<ShapeError>("n = ", n + 1);',
        "const T* p = q - std::min(n, i64{1}); x = 0.5;",
        "const T* p = q + std::max(n, i64{1}); x = 0.5;",
        "const T* p = q + std::min(n, i64{2}); x = 0.5;",
        "const T* p = q + std::min(n, i64{1}); x = 1.0;",
    }
    found = [mutant.mutated for mutant in mutants_of("x.cpp", source)]
    if set(found) != expected or len(found) != len(expected):
        sys.exit("self-test: missing\n  " + "\n  ".join(sorted(expected - set(found)))
                 + "\nnot expected\n  " + "\n  ".join(sorted(set(found) - expected)))


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    for name in sys.argv[1:]:
        for m in mutants_of(name, pathlib.Path(name).read_text(encoding="utf-8")):
            print(f"{m.file}:{m.line}: {m.original}\n    -> {m.mutated}")


if __name__ == "__main__":
    main()
