#!/usr/bin/env python3
"""The page of ops: what the program op_table says of each, and the derivation and rules that stand in its source.
Usage: op_page.py --self-test"""
import pathlib
import re
import sys

OP = re.compile(r"((?:^///.*\n)*)^struct (\w+)[^;{]*\{\n  static constexpr auto name = \"(\w+)\";", re.M)
RULE = re.compile(r"^  (?:template <.*>\n  )?[\w:<>, ]+ (vjp|jvp|jvp_all)\((?:Wrt<(\d+)>|(WrtAny)|Tans)[^{;]*?\) const \{", re.M)
MEMBER = re.compile(r"^  (?:static )?[\w:<>, ]+ (\w+)\(([^{;]*?)\) (?:const )?\{", re.M)
LONGEST = 16  # lines of a rule that are still read on this page


def closing(text, opening):
    """The place of the brace that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise ValueError("a brace is never closed")


def dedent(body):
    lines = body.strip("\n").rstrip().split("\n")
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return [line[margin:].rstrip() for line in lines]


def sources(folder):
    """Op name -> (file, derivation, [(mode, argument or None, lines of the rule)]) of all sources in a folder. What a rule
    calls of its op follows as ("with", declaration, lines)."""
    found = {}
    for source in sorted(folder.glob("*.cpp")):
        text = source.read_text(encoding="utf-8")
        ops = list(OP.finditer(text))
        for op, after in zip(ops, ops[1:] + [None]):
            body = text[op.end():after.start() if after else len(text)]
            body = body[:body.find("\n};")]
            rules = []
            for rule in RULE.finditer(body):
                lines = dedent(body[rule.end():closing(body, rule.end() - 1)])
                argument = int(rule[2]) if rule[2] else None if rule[3] is None else -1
                rules.append((rule[1], argument, lines))
            called = "\n".join(line for _, _, lines in rules for line in lines)
            for member in MEMBER.finditer(body):
                if re.search(rf"\b{member[1]}\(", called) and member[1] not in ("vjp", "jvp", "forward"):
                    lines = dedent(body[member.end():closing(body, member.end() - 1)])
                    rules.append(("with", f"{member[1]}({' '.join(member[2].split())})", lines))
            derivation = " ".join(line[3:].strip() for line in op[1].strip().split("\n")) if op[1] else ""
            found[op[3]] = source.name, derivation, rules
    return found


def plain(text):
    """A comment as Doxygen shows it unchanged; its formulas stay formulas. (`^` is no mark, and `\\^` shows the backslash too.)"""
    parts = re.split(r"(\\f\$.*?\\f\$)", text)
    return "".join(part if i % 2 else re.sub(r"([\\`*_\[\]<>#|@&$])", r"\\\1", part) for i, part in enumerate(parts))


def rule_lines(mode, argument, lines):
    """A rule: in a line where it is one expression, otherwise as a block of code."""
    if mode == "with":
        name = f"with `{argument}`"
    else:
        of = "all arguments at once" if argument is None else "any argument" if argument < 0 else f"argument {argument}"
        name = f"**{mode.split('_')[0].upper()}** of {of}"
    expression = re.fullmatch(r"return (.*);", " ".join(line.strip() for line in lines))
    if expression and len(expression[1]) < 100:
        return [f"- {name}: `{expression[1]}`"]
    if len(lines) > LONGEST:
        return [f"- {name}: {len(lines)} lines, see the source"]
    return [f"- {name}:", "", "  ```cpp", *("  " + line for line in lines), "  ```", ""]


def errors(found):
    kinds = {"first_order": "JVP", "adjoint": "VJP", "second_order": "second order", "parity": "against the CPU"}
    largest = [f"{words} {found[kind]:.0e}" for kind, words in kinds.items() if found.get(kind)]
    return "largest errors beyond rounding: " + ", ".join(largest) if largest else "no error beyond rounding"


def counted(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


def status(found):
    """What certification on one device says."""
    verdict = "certified" if found["certified"] else "NOT CERTIFIED"
    words = (f"- **{verdict}** on `{found['device']}`: {counted(found['samples'], 'sample')}, {counted(found['checks'], 'check')}, "
             f"{counted(found['wrong_killed'], 'wrong rule')} refuted; {errors(found)}")
    if found["device"] == "cpu":
        return words
    computed = [kernel for kernel in found["kernels"] if "Convert<" not in kernel]
    kernels = ", ".join(f"`{kernel}`" for kernel in computed) or "none: it moves data, or is computed on the host"
    return f"{words}. Kernels: {kernels}"


def page(table, folder):
    read = sources(folder)
    checks = sum(found["checks"] for op in table for found in op["devices"])
    devices = {found["device"] for op in table for found in op["devices"]}
    emulated = "`cuda:0 (emulated)` is the emulator; no GPU has run the kernels yet. " if "cuda:0 (emulated)" in devices else ""
    lines = ["# Differentiable ops {#ops}", "",
             f"All {len(table)} ops, as the library lists them: value, derivation, rules as they stand in the source, and what certification "
             f"found out when these pages were built, {checks:,} comparisons in all. *Certified* means: each Jacobian-vector product (JVP) "
             "agreed with finite differences, each vector-Jacobian product (VJP) with it, both at second order too, f32, f16 and bf16 with "
             f"f64, and every listed wrong rule was refuted. {emulated}In the rules "
             "`dx` is the tangent of `x` in a JVP and the cotangent of an output in a VJP.", "",
             " · ".join(f"[{op['name']}](#op_{op['name']})" for op in table), ""]
    for op in table:
        file, derivation, rules = read.get(op["name"], ("", "", []))
        lines += [f"## {op['name']} {{#op_{op['name']}}}", ""]
        if op["formula"].strip():
            lines += [r"\f[", op["formula"].strip(), r"\f]", ""]
        if derivation:
            lines += [plain(derivation), ""]
        for mode, argument, code in rules:
            lines += rule_lines(mode, argument, code)
        if op["constants"]:
            lines.append("- without derivative: argument " + ", ".join(map(str, op["constants"])))
        if op["fused"]:
            lines.append("- one fused kernel gives all cotangents, and is compared with the rules for every choice of arguments")
        lines += [status(found) for found in op["devices"]]
        lines += [f"- source: `autograd/{file}`", ""]
    return "\n".join(lines)


def missing(table, folder):
    """Ops of the table without a rule on the page; a change of the sources' form would lose them unseen."""
    read = sources(folder)
    return [op["name"] for op in table if not {"vjp", "jvp"} <= {rule[0].split("_")[0] for rule in read.get(op["name"], ("", "", []))[2]}]


def self_test():
    import tempfile
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "a.cpp").write_text('''namespace n {
/// d(x y) = x dy + y dx, by
/// \\f$ a_1 \\f$.
struct Mul {
  static constexpr auto name = "mul";

  Variable vjp(Wrt<0>, Cot dy, Arg<1> b) const { return dy * b; }
  Variable jvp(Wrt<1>, Tan<1> db, Arg<0> a) const {
    if (a) { return db; }
    return half(db * a);
  }
  Variable half(const Variable& x,
                int n) const {
    return x / 2;
  }
  Tensor unused(int n) const { return n; }
  static WrongRules<Mul> wrong() {
    return {{"x", vjp, 0, [](const Mul&) { return 1; }}};
  }
};
}
''', encoding="utf-8")
        found = sources(folder)
    expected = {"mul": ("a.cpp", r"d(x y) = x dy + y dx, by \f$ a_1 \f$.",
                        [("vjp", 0, ["return dy * b;"]), ("jvp", 1, ["if (a) { return db; }", "return half(db * a);"]),
                         ("with", "half(const Variable& x, int n)", ["return x / 2;"])])}
    if found != expected:
        sys.exit(f"self-test: expected {expected}, found {found}")
    if plain(r"a_1^2 \f$ a_1 \f$") != r"a\_1^2 \f$ a_1 \f$" or rule_lines("vjp", 0, ["return", "  x;"]) != ["- **VJP** of argument 0: `x`"]:
        sys.exit("self-test: text is not shown as it stands")
    device = {"device": "cpu", "certified": True, "samples": 1, "checks": 2, "wrong_killed": 1, "first_order": 0, "adjoint": 1e-16, "second_order": 0}
    if "1 sample, 2 checks, 1 wrong rule refuted; largest errors beyond rounding: VJP 1e-16" not in status(device):
        sys.exit(f"self-test: {status(device)}")


if __name__ == "__main__":
    if sys.argv[1:] != ["--self-test"]:
        sys.exit(__doc__)
    self_test()
