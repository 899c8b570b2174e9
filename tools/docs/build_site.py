#!/usr/bin/env python3
"""Builds the site: generated pages, Doxygen, figures, and formulas rendered by KaTeX.

build_site.py OP_TABLE OUT: OP_TABLE is the program that prints the table of ops; the site lands in OUT/html, opens from
disk and needs no network. Fails on Doxygen's warnings and on wrong formulas."""
import json
import pathlib
import re
import shutil
import subprocess
import sys

import benchmarks
import header
import navigation
import op_page

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "tools" / "docs"
AWESOME = pathlib.Path("/usr/share/doxygen-awesome-css")
INTERFACE = ["tensor", "datasets", "autograd", "nn", "optim"]  # folders whose headers are the reference
KATEX = pathlib.Path("/usr/share/javascript/katex")
TOGGLE = """{  // the button for light and dark, which the keyboard reaches too
  const button = DoxygenAwesomeDarkModeToggle.prototype, drawn = button.updateIcon;
  button.updateIcon = function () {
    drawn.call(this);
    this.tabIndex = 0;
    this.setAttribute('role', 'button');
    this.onkeydown = (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); this.click(); } };
  };
  DoxygenAwesomeDarkModeToggle.init();
}"""
CHAPTERS = sorted((ROOT / "tutorials").glob("[0-9]*/README.md"))


def chapter_title(line):
    """`# 4. Adam` as Doxygen can show it: it would take the number for that of a list."""
    return re.sub(r"^# (\d+)\. ", r"# Chapter \1: ", line)


def notebook_link(chapter):
    return f"""
<p class="notebook"><a href="notebooks/{chapter}.ipynb" download="{chapter}.ipynb">This chapter as a notebook</a>, to be opened by
<code>./cadena notebook {chapter}</code> (@ref md_docs_notebooks "how")</p>
"""


def next_link(chapter):
    """Where to read on."""
    if chapter is None:
        return '\nThis was the last of the @ref chapters "chapters".\n'
    title = navigation.titled(chapter.read_text(encoding="utf-8"))
    return f'\n**Next:** @ref chapter_{chapter.parent.name} "{title}"\n'


def write_pages(folder, table):
    """The generated pages, and the chapters under names of their own, each with a link to its notebook."""
    folder.mkdir(parents=True)
    chapters = (ROOT / "tutorials" / "README.md").read_text(encoding="utf-8").replace("\n", " {#chapters}\n", 1)
    generated = {"ops/ops": op_page.page(table, ROOT / "autograd"), "benchmarks/benchmarks": benchmarks.page(ROOT / "bench" / "results"),
                 "tutorials/chapters": chapters}
    for name, text in generated.items():
        (folder / name).parent.mkdir()
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    for page, after in zip(CHAPTERS, [*CHAPTERS[1:], None]):
        name = page.parent.name
        first, _, rest = page.read_text(encoding="utf-8").partition("\n")
        target = folder / name / f"chapter_{name}.md"
        target.parent.mkdir()
        target.write_text(f"{chapter_title(first)} {{#chapter_{name}}}\n[TOC]\n{notebook_link(name)}{rest}{next_link(after)}", encoding="utf-8")


def write_headers(folder):
    """The headers of the interface as Doxygen is to read them."""
    for name in INTERFACE:
        for source in sorted((ROOT / name).rglob("*.h")):
            target = folder / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            lines = source.read_text(encoding="utf-8").split("\n")
            target.write_text("\n".join(header.convert(lines)), encoding="utf-8")
    (folder / "cadena.h").write_text("/// Tensors, their derivatives, data sets and optimizers. Networks are in `cadena::nn`.\nnamespace cadena {}\n")


def doxygen(out, pages, headers):
    """Runs Doxygen; a warning ends the build, and so does a public symbol without a comment."""
    head = out / "header.html"
    subprocess.run(["doxygen", "-w", "html", head, out / "footer.html", out / "default.css"], check=True,
                   capture_output=True, cwd=out)
    text = head.read_text(encoding="utf-8")
    toggle = ('<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
              '<script type="text/javascript" src="$relpath^doxygen-awesome-darkmode-toggle.js"></script>\n'
              f'<script type="text/javascript">{TOGGLE}</script>\n</head>')
    text = re.sub(r'<meta name="viewport"[^>]*>', "", text)
    head.write_text(text.replace("</head>", toggle), encoding="utf-8")
    subprocess.run(["doxygen", "-l", out / "layout.xml"], check=True, capture_output=True, cwd=out)
    chapters = [(f"chapter_{page.parent.name}", navigation.titled(page.read_text(encoding="utf-8"))) for page in CHAPTERS]
    layout = navigation.layout((out / "layout.xml").read_text(encoding="utf-8"), chapters)
    (out / "layout.xml").write_text(layout, encoding="utf-8")
    settings = (ROOT / "docs" / "Doxyfile").read_text(encoding="utf-8") + f"""
OUTPUT_DIRECTORY = "{out}"
STRIP_FROM_PATH = "{ROOT}" "{pages}" "{headers}"
STRIP_FROM_INC_PATH = "{headers}"
INPUT += "{pages}" "{headers}"
HTML_HEADER = "{head}"
LAYOUT_FILE = "{out}/layout.xml"
HTML_EXTRA_STYLESHEET = "{AWESOME}/doxygen-awesome.css" docs/site.css
HTML_EXTRA_FILES = "{AWESOME}/doxygen-awesome-darkmode-toggle.js"
FILTER_PATTERNS = "*.md={sys.executable} {HERE}/markdown.py"
"""
    run = subprocess.run(["doxygen", "-"], input=settings, text=True, capture_output=True, cwd=ROOT)
    warnings = [line.replace(f"{headers}/", "") for line in run.stderr.split("\n") if line.strip()]
    print("\n".join(warnings), end="\n" if warnings else "")
    if run.returncode or warnings:
        sys.exit(f"site: Doxygen found {len(warnings)} faults")


def marked(diff):
    """A block of code that is a diff, with its lines marked."""
    return diff[0].replace('<div class="line">-', '<div class="line removed">-').replace('<div class="line">+', '<div class="line added">+')


def mended(text):
    """A page of Doxygen's with what it gets wrong: lists begin where they did in the source; what can be unfolded keeps all its
    paragraphs; and a link to a list of nested classes goes where all of them are private and the list is left out."""
    text = re.sub(r"<ol([^>]*)>\s*<li>(<p[^>]*>)?\[\[start (\d+)\]\]", r'<ol\1 start="\3"><li>\2', text)
    text = re.sub(r"\[\[start \d+\]\]", "", text)
    text = re.sub(r"<p[^>]*>\s*((?:\[\[/?details.*?\]\]\s*)+)</p>", r"\1", text)
    text = re.sub(r"\[\[details (.*?)\]\]", r"<details><summary>\1</summary>", text).replace("[[/details]]", "</details>")
    text = re.sub(r'<div class="fragment"><div class="line">@@</div>.*?<!-- fragment -->', marked, text, flags=re.S)
    text = re.sub(r'(<img src="(?:class|struct)\w+\.png"[^>]*) alt=""', r'\1 alt="Inheritance diagram"', text)
    if 'name="nested-classes"' not in text:
        text = re.sub(r'<a href="#nested-classes">Classes</a>( &#124;)?', "", text)
    return text


def left_over(text):
    """Marks of Markdown that a page shows as they stand, outside of code."""
    prose = re.sub(r"<(script|style|code|pre|tt)\b.*?</\1>|<div class=\"fragment\">.*?<!-- fragment -->", "", text, flags=re.S)
    return re.findall(r"[^<>\n]{0,30}(?:\*\*|\\[!-/:-@\[-`{-~])[^<>\n]{0,30}|\[\[[^<>\n]{0,30}", re.sub(r"<annotation.*?</annotation>", "", prose, flags=re.S))


def mend_pages(site):
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        new = mended(text)
        if new.count("<details>") != new.count("</details>"):
            sys.exit(f"site: {page.name}: {new.count('<details>')} parts unfold, {new.count('</details>')} end")
        if left_over(new):
            sys.exit(f"site: {page.name} shows marks of Markdown: {left_over(new)}")
        if new != text:
            page.write_text(new, encoding="utf-8")


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
    unread = op_page.missing(table, ROOT / "autograd")
    if unread:
        sys.exit(f"site: the rules of {', '.join(unread)} are not found in autograd/")
    for folder in ("html", "pages", "headers"):
        shutil.rmtree(out / folder, ignore_errors=True)
    write_pages(out / "pages", table)
    write_headers(out / "headers")
    doxygen(out, out / "pages", out / "headers")
    site = out / "html"
    for figures in [ROOT / "docs" / "figures", *(ROOT / "tutorials").glob("[0-9]*/figures")]:
        shutil.copytree(figures, site / figures.parent.name / "figures", ignore=shutil.ignore_patterns("*.tsv"))
    subprocess.run([sys.executable, ROOT / "tools" / "weave" / "notebook.py", "--out", site / "notebooks",
                    *(page.parent.name for page in CHAPTERS)], check=True)
    (site / "katex").mkdir()
    shutil.copyfile(KATEX / "katex.min.css", site / "katex" / "katex.min.css")
    shutil.copytree(KATEX / "fonts", site / "katex" / "fonts")
    subprocess.run(["node", HERE / "katex.js", site], check=True)
    mend_pages(site)
    bad = [op["name"] for op in table if not all(found["certified"] for found in op["devices"])]
    if bad:
        sys.exit(f"site: not certified: {', '.join(bad)}")


if __name__ == "__main__":
    main()
