#!/usr/bin/env python3
"""Finds what a reader of the Markdown on GitHub would see go wrong: Doxygen's commands outside of code, formulas that
Markdown spoils, links and pictures that lead nowhere. Usage: check_markdown.py [ROOT] | --self-test"""
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

import markdown

COMMAND = re.compile(r"\\f[$\[\]{}]|(?<![\w`])[@\\](?:ref|subpage|page|section|anchor|param|return|brief|note|see)\b|\{#\w+\}")
SPOILED = re.compile(r"\\[!-/:-@\[-`{-~]")  # Markdown takes the backslash away
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
IMAGE = re.compile(r"<img[^>]* src=\"([^\"]+)\"[^>]*>")


def paragraphs(text):
    """(line, text) of each paragraph, fenced code left out."""
    fence, lines, start = None, [], 0
    for number, line in enumerate(text.split("\n") + [""], 1):
        opening = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence:
            fence = None if line.strip() == fence else fence
        elif line.strip() and not opening:
            start = start if lines else number
            lines.append(line)
            continue
        elif opening:
            fence = opening[1]
        if lines:
            yield start, "\n".join(lines)
            lines = []


def anchors(text):
    """What a link to a part of a page may name: headings as GitHub spells them."""
    prose = "\n".join(part for _, part in paragraphs(text))
    headings = re.findall(r"^#+ (.*)$", prose, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def targets(prose):
    """What the links and pictures of a paragraph lead to, and whether a picture lacks its words."""
    for picture, words, target in LINK.findall(prose):
        yield target, bool(picture) and not words.strip()
    for image in IMAGE.finditer(prose):
        yield image[1], 'alt="' not in image[0]


def complaints(path, root):
    text = path.read_text(encoding="utf-8")
    for start, paragraph in paragraphs(text):
        prose = paragraph
        for span in markdown.SPAN.finditer(paragraph):
            line = start + paragraph.count("\n", 0, span.start())
            formula = span["plain"] or span["quoted"]
            if formula and "\n" in formula:
                yield line, f"the formula {span[0]!r} goes over the end of a line"
            elif span["plain"] and SPOILED.search(formula):
                yield line, f"Markdown takes a backslash from {span[0]}: write $`…`$"
            if formula or span["code"]:
                prose = prose.replace(span[0], "")
        for found in COMMAND.finditer(prose):
            yield start, f"{found[0]} is Doxygen's; GitHub shows it as it stands"
        for target, silent in targets(prose):
            parts = urllib.parse.urlsplit(target)
            if silent:
                yield start, f"the picture {target} has no words for those who do not see it"
            if parts.scheme or parts.netloc:
                continue
            file = path.parent / urllib.parse.unquote(parts.path) if parts.path else path
            if not file.exists() or root not in file.resolve().parents and file.resolve() != root:
                yield start, f"{target} is not there"
            elif parts.fragment and file.suffix == ".md" and parts.fragment not in anchors(file.read_text(encoding="utf-8")):
                yield start, f"{target}: the page has no such heading"


def pages(root):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z", "*.md"],
                            capture_output=True, text=True)
    if listed.returncode == 0:
        return [root / name for name in sorted(listed.stdout.split("\0")) if name and (root / name).is_file()]
    return sorted(path for path in root.rglob("*.md") if path.relative_to(root).parts[0] not in ("build", "out"))


def faults(root):
    for page in pages(root):
        for line, what in complaints(page, root):
            yield f"{page.relative_to(root)}:{line}: {what}"


def self_test():
    """One fault of each kind in a small tree, and what only looks like one."""
    bad = "\n\n".join([r"# A title", r"See @ref ops.", r"\f$ x \f$", r"$a\,b$", "$a\n- b$", "![](there.md)", "[x](gone.md)",
                       "[x](there.md#no-such)", '<img src="gone.svg" alt="a">', "## Named {#here}"])
    good = "\n\n".join([r"# Now, a title", "`@ref` and `$a\\,b$`", "$`a\\,b`$ and $a_1 + b$", "```\n\\f$ [x](gone)\n```", "[x](#now-a-title)",
                        "[x](there.md#now-a-title) [y](https://example.org)", "costs \\$5, \\$6"])
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        (root / "bad.md").write_text(bad + "\n", encoding="utf-8")
        (root / "there.md").write_text(good + "\n", encoding="utf-8")
        found = [int(line.split(":")[1]) for line in faults(root)]
    expected = [3, 5, 5, 7, 9, 12, 14, 16, 18, 20]
    if found != expected:
        sys.exit(f"self-test: expected faults in lines {expected}, found {found}")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]).resolve()
    found = list(faults(root))
    print("\n".join(found) or "markdown: GitHub shows every page as it is meant")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
