#!/usr/bin/env python3
"""Doxygen's filter for pages: GitHub's Markdown to Doxygen's, one line in, one line out.

```math fences become \\f[ … \\f], `$…$` and $`…`$ become \\f$ … \\f$; code is left alone. Figures get the folder that the
site keeps them in, links into the repository lead to the site's pages, and the marks of the weave go.
Usage: markdown.py FILE | --self-test"""
import html
import pathlib
import re
import sys

SPAN = re.compile(
    r"(?P<command>@(?:ref|subpage) \S+ \"[^\"]*\"|</?[a-zA-Z][^<>]*>)"
    r"|(?P<code>(?<!\$)(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`))"  # `code`
    r"|\$`(?P<quoted>[^`]+)`\$"
    r"|\\\$"
    r"|\$(?P<plain>(?![\s$])(?:[^$\\]|\\.)*?(?<!\s))\$(?!\d)"
    r"|(?P<quote>\")", re.S)
STEP = re.compile(r"(\s{0,3})(\d+)\. ")
MARK = re.compile(r"<!-- /?(?:v|weave|eq|proof|falsify|refuted)\b.*?-->")
FIGURE = re.compile(r"!\[([^\]]*)\]\((?:\.\./tutorials/(\w+)/)?(figures/[^)]+)\)")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
BOLD = re.compile(r"\*\*((?:\\f\$.*?\\f\$|`[^`]+`|[^*`])+?)\*\*", re.S)
FOLD = re.compile(r"<details><summary>(.*?)</summary>")  # Doxygen would close it at the end of its paragraph
PAGES = {"tutorials/README.md": "chapters", "autograd/ops.cpp": "ops", "bench/README.md": "benchmarks",
         "docs/notebooks.md": "md_docs_notebooks"}  # of the site


def inline(match):
    if match["quote"]:
        return "&quot;"  # between plain quotes Doxygen reads neither formulas nor emphasis
    if match["code"] and "'" in match["code"]:  # which Doxygen takes for the end
        return code(match["code"])
    formula = match["quoted"] or match["plain"]
    return rf"\f${formula}\f$" if formula else match[0]


def code(words):
    return f"<code>{html.escape(words.strip('`').strip(), quote=False)}</code>"


def bold(match):
    """Bold words as tags where a formula or code is among them: Doxygen would leave the asterisks as they stand."""
    if not re.search(r"\\f\$|`", match[1]):
        return match[0]
    return f"<b>{re.sub('`[^`]+`', lambda found: code(found[0]), match[1])}</b>"


def link(match, chapter):
    """A link to a page of the site under the name it has there; others stay."""
    words, target = match.groups()
    to_chapter = re.fullmatch(r"(?:\.\./|tutorials/)*(\d\d_\w+)(?:/README\.md|/)?", target)
    if to_chapter:
        return f'@{"subpage" if chapter == "tutorials" else "ref"} chapter_{to_chapter[1]} "{words}"'
    page = PAGES.get(target.removeprefix("../"))
    return f'@ref {page} "{words}"' if page else match[0]


def prose(paragraph, chapter):
    """A paragraph outside of fences; its formulas may go on in the next line."""
    text = BOLD.sub(bold, SPAN.sub(inline, MARK.sub("", paragraph)))
    text = FOLD.sub(r"[[details \1]]", text).replace("</details>", "[[/details]]")  # build_site.py turns them back
    text = re.sub(r"(<sub>)\*\*(.*?)\*\*", r"\1<b>\2</b>", text)  # Doxygen reads no Markdown after a tag
    text = re.sub(r"(?<!\*)\*(&quot;[^*]*?&quot;)\*(?!\*)", r"<em>\1</em>", text)
    text = LINK.sub(lambda found: link(found, chapter), text)
    return FIGURE.sub(lambda f: f'<img class="figure" src="{f[2] or chapter}/{f[3]}" alt="{f[1]}"/>', text)


def convert(lines, chapter):
    """The lines as Doxygen reads them; `chapter` is the folder of the page's figures on the site."""
    fence, paragraph = None, []

    def finished():
        done = prose("\n".join(paragraph), chapter).split("\n") if paragraph else []
        paragraph.clear()
        return done

    previous = ""
    for line in lines:
        step, before, previous = STEP.match(line), previous, line
        if step and step[2] != "1" and not before.strip() and fence is None:
            # Doxygen counts a list from 1 wherever it begins; build_site.py turns this into where it does begin.
            line = STEP.sub(rf"\1\2. [[start \2]]", line, count=1)
        opening = re.match(r"\s*(`{3,}|~{3,})\s*(\S*)", line)
        if fence == "math":
            if line.strip() == "```":
                line, fence = r"\f]", None
        elif fence:
            if line.strip() == fence:
                fence = None
        elif opening and opening[2] == "math":
            fence, line = "math", r"\f["
        elif opening:
            fence = opening[1]
        elif line.strip():
            paragraph.append(line)
            continue
        yield from finished()
        yield line
    yield from finished()


def self_test():
    text = ["# 1. $x$ and `$y$`, `find 'a<b'`", "<!-- eq: 1.1 definition -->", "```math", "a_1 $", "```", "```text", "$z$", "```",
            "costs \\$5, $`a\\,b`$ <!-- v: k .1f -->3.0<!-- /v -->", "![c](figures/f.svg)", "", "a $b", "+ c$ d", "", "3. *\"e\"*", "", "</details>",
            "<details><summary>Why</summary>", "", "**At $x$, `a<b`.** **Not** $a^*$ **b**", "", "[one](../02_y/README.md) [ops](../autograd/ops.cpp) [two](other.md#x) ![d](../tutorials/02_y/figures/g.svg)"]
    expected = [r"# 1. \f$x\f$ and `$y$`, <code>find 'a&lt;b'</code>", "", r"\f[", "a_1 $", r"\f]", "```text", "$z$", "```",
                r"costs \$5, \f$a\,b\f$ 3.0", '<img class="figure" src="01_x/figures/f.svg" alt="c"/>', "", r"a \f$b", r"+ c\f$ d", "", "3. [[start 3]]<em>&quot;e&quot;</em>", "", "[[/details]]", "[[details Why]]", "",
                r"<b>At \f$x\f$, <code>a&lt;b</code>.</b> **Not** \f$a^*\f$ **b**", "",
                '@ref chapter_02_y "one" @ref ops "ops" [two](other.md#x) <img class="figure" src="02_y/figures/g.svg" alt="d"/>']
    found = list(convert(text, "01_x"))
    if found != expected:
        sys.exit(f"self-test: expected {expected}, found {found}")


if __name__ == "__main__":
    if sys.argv[1] == "--self-test":
        self_test()
    else:
        page = pathlib.Path(sys.argv[1])
        print("\n".join(convert(page.read_text(encoding="utf-8").split("\n"), page.resolve().parent.name)))
