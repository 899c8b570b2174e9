#!/usr/bin/env python3
"""Builds the site: generated pages, Doxygen, figures, and formulas rendered by KaTeX.

build_site.py OP_TABLE OUT: OP_TABLE is the program that prints the table of ops; the site lands in OUT/html, opens from
disk and needs no network. Fails on Doxygen's warnings and on wrong formulas."""
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys

import header

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "tools" / "docs"
AWESOME = pathlib.Path("/usr/share/doxygen-awesome-css")
INTERFACE = ["tensor", "datasets", "autograd", "nn", "optim"]  # folders whose headers are the reference
KATEX = pathlib.Path("/usr/share/javascript/katex")
RULE = re.compile(r"Variable (vjp|jvp)\(Wrt(?:<(\d+)>|Any[^,)]*)[^{]*\{\s*return (.*?);\s*\}", re.S)


def rules():
    """Op name -> {(mode, argument): the expression of its rule}, of rules that are one expression."""
    found = {}
    for source in sorted((ROOT / "autograd").glob("*.cpp")):
        text = source.read_text(encoding="utf-8")
        starts = [(m.start(), m[1]) for m in re.finditer(r'static constexpr auto name = "(\w+)"', text)]
        for (start, name), (end, _) in zip(starts, starts[1:] + [(len(text), "")]):
            for mode, wrt, rule in RULE.findall(text[start:end]):
                if len(rule) < 90:
                    found.setdefault(name, {})[mode, int(wrt or 0)] = " ".join(rule.split())
    return found


def op_page(table):
    """The page of ops, a card each: a wide table would not fit a phone."""
    source = rules()
    lines = ["# Differentiable ops {#ops}", "",
             f"All {len(table)} ops, as the library lists them. *Certified* means: on the CPU of the machine that built these "
             "pages each Jacobian-vector product agreed with finite differences, each vector-Jacobian product with it, both "
             "at second order too, and every listed wrong rule was refuted. A rule is shown where it is one expression; "
             "`c` or `d…` names the cotangent or tangent, as in the op's source.", ""]
    for op in table:
        status = "certified" if op["certified"] else "NOT CERTIFIED"
        formula = op["formula"].strip()
        lines += [f"## {op['name']} {{#op_{op['name']}}}", ""]
        if formula:
            lines += [r"\f[", formula, r"\f]", ""]
        arity = "any number of" if op["arity"] < 0 else op["arity"]
        facts = [f"{arity} argument{'' if op['arity'] == 1 else 's'}"]
        if op["constants"]:
            facts.append("without derivative: argument " + ", ".join(map(str, op["constants"])))
        if op["fused"]:
            facts.append("one fused kernel for all cotangents")
        facts.append(f"**{status}**: {op['samples']} samples, {op['checks']} checks, {op['wrong_killed']} wrong rules "
                     f"refuted, largest errors {op['first_order']:.0e} (JVP), {op['adjoint']:.0e} (VJP), "
                     f"{op['second_order']:.0e} (second order)")
        lines += ["; ".join(facts) + ".", ""]
        for (mode, wrt), rule in sorted(source.get(op["name"], {}).items(), key=lambda item: (item[0][1], item[0][0])):
            lines.append(f"- {mode.upper()} of argument {wrt}: `{rule}`")
        lines.append("")
    return "\n".join(lines)


def chapter_title(line):
    """`# 4. Adam` as Doxygen can show it: it would take the number for that of a list."""
    return re.sub(r"^# (\d+)\. ", r"# Chapter \1: ", line)


def chapter_page():
    lines = ["# Chapters {#chapters}", ""]
    for page in sorted((ROOT / "tutorials").glob("[0-9]*/README.md")):
        title = page.read_text(encoding="utf-8").split("\n")[0]
        title = chapter_title(title).lstrip("# ")
        lines.append(f"- @subpage chapter_{page.parent.name} \"{title}\"")
    return "\n".join(lines) + "\n"


def benchmark_page():
    results = sorted((ROOT / "bench" / "results").glob("*.json")) if (ROOT / "bench" / "results").is_dir() else []
    lines = ["# Benchmarks {#benchmarks}", ""]
    if not results:
        return "\n".join(lines + ["No machine has recorded results yet. `./cadena bench` measures this one.", ""])
    for file in results:
        record = json.loads(file.read_text(encoding="utf-8"))
        lines += [f"## {file.stem} {{#bench_{re.sub(r'[^a-zA-Z0-9]', '_', file.stem)}}}", ""]
        context = record.get("context", {}) if isinstance(record, dict) else {}
        lines += [f"- {key}: {value}" for key, value in context.items() if isinstance(value, (str, int, float))] + [""]
        rows = record.get("benchmarks", []) if isinstance(record, dict) else []
        if rows:
            lines += ["| benchmark | time | unit |", "|---|---:|---|"]
            lines += [f"| {r['name']} | {r.get('real_time', 0):.4g} | {r.get('time_unit', '')} |" for r in rows]
        lines.append("")
    return "\n".join(lines)


def write_pages(folder, table):
    """The generated pages, and the chapters under names of their own."""
    folder.mkdir(parents=True)
    for name, text in {"ops": op_page(table), "chapters": chapter_page(), "benchmarks": benchmark_page()}.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    for page in sorted((ROOT / "tutorials").glob("[0-9]*/README.md")):
        name = page.parent.name
        first, _, rest = page.read_text(encoding="utf-8").partition("\n")
        target = folder / name / f"chapter_{name}.md"
        target.parent.mkdir()
        target.write_text(f"{chapter_title(first)} {{#chapter_{name}}}\n{rest}", encoding="utf-8")


def write_headers(folder):
    """The headers of the interface as Doxygen is to read them."""
    for name in INTERFACE:
        for source in sorted((ROOT / name).rglob("*.h")):
            target = folder / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            lines = source.read_text(encoding="utf-8").split("\n")
            target.write_text("\n".join(header.convert(lines)), encoding="utf-8")


def doxygen(out, pages, headers):
    """Runs Doxygen; a warning ends the build, and so does a public symbol without a comment."""
    head = out / "header.html"
    subprocess.run(["doxygen", "-w", "html", head, out / "footer.html", out / "default.css"], check=True,
                   capture_output=True, cwd=out)
    text = head.read_text(encoding="utf-8")
    toggle = ('<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
              '<script type="text/javascript" src="$relpath^doxygen-awesome-darkmode-toggle.js"></script>\n'
              '<script type="text/javascript">DoxygenAwesomeDarkModeToggle.init()</script>\n</head>')
    text = re.sub(r'<meta name="viewport"[^>]*>', "", text)
    head.write_text(text.replace("</head>", toggle), encoding="utf-8")
    settings = (ROOT / "docs" / "Doxyfile").read_text(encoding="utf-8") + f"""
OUTPUT_DIRECTORY = "{out}"
STRIP_FROM_PATH = "{ROOT}" "{pages}" "{headers}"
INPUT += "{pages}" "{headers}"
HTML_HEADER = "{head}"
HTML_EXTRA_STYLESHEET = "{AWESOME}/doxygen-awesome.css" docs/site.css
HTML_EXTRA_FILES = "{AWESOME}/doxygen-awesome-darkmode-toggle.js"
FILTER_PATTERNS = "*.md={sys.executable} {HERE}/markdown.py"
"""
    run = subprocess.run(["doxygen", "-"], input=settings, text=True, capture_output=True, cwd=ROOT)
    warnings = [line.replace(f"{headers}/", "") for line in run.stderr.split("\n") if line.strip()]
    print("\n".join(warnings), end="\n" if warnings else "")
    if run.returncode or warnings:
        sys.exit(f"site: Doxygen found {len(warnings)} faults")


def mend_pages(site):
    """Lists begin where they did in the source; and Doxygen links to a list of nested classes that it leaves out where all of
    them are private."""
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        if "[[start " in text:
            text = re.sub(r"<ol([^>]*)>\s*<li>(<p[^>]*>)?\[\[start (\d+)\]\]", r'<ol\1 start="\3"><li>\2', text)
            page.write_text(re.sub(r"\[\[start \d+\]\]", "", text), encoding="utf-8")
        if 'href="#nested-classes"' in text and 'name="nested-classes"' not in text:
            page.write_text(re.sub(r'<a href="#nested-classes">Classes</a>( &#124;)?', "", text), encoding="utf-8")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[2]).resolve()
    for needed in (AWESOME / "doxygen-awesome.css", KATEX / "katex.min.css"):
        if not needed.exists():
            sys.exit(f"site: {needed} is missing; it comes with the packages of the group docs in cmake/packages.txt")
    saved = out / "op_table.json"
    out.mkdir(parents=True, exist_ok=True)
    program = pathlib.Path(sys.argv[1])
    if not saved.exists() or saved.stat().st_mtime < program.stat().st_mtime:
        saved.write_text(subprocess.run([program], check=True, capture_output=True, text=True).stdout, encoding="utf-8")
    table = json.loads(saved.read_text(encoding="utf-8"))
    for folder in ("html", "pages", "headers"):
        shutil.rmtree(out / folder, ignore_errors=True)
    write_pages(out / "pages", table)
    write_headers(out / "headers")
    doxygen(out, out / "pages", out / "headers")
    site = out / "html"
    for figures in (ROOT / "tutorials").glob("[0-9]*/figures"):
        shutil.copytree(figures, site / figures.parent.name / "figures", ignore=shutil.ignore_patterns("*.tsv"))
    (site / "katex").mkdir()
    shutil.copyfile(KATEX / "katex.min.css", site / "katex" / "katex.min.css")
    shutil.copytree(KATEX / "fonts", site / "katex" / "fonts")
    subprocess.run(["node", HERE / "katex.js", site], check=True)
    mend_pages(site)
    bad = [op["name"] for op in table if not op["certified"]]
    if bad:
        sys.exit(f"site: not certified: {html.escape(', '.join(bad))}")


if __name__ == "__main__":
    main()
