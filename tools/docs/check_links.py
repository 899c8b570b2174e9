#!/usr/bin/env python3
"""Fails on a link, anchor, image or script of the site that leads nowhere, also in its menu and its tree, and on one that
needs the network to look right. Usage: check_links.py FOLDER | --self-test"""
import html.parser
import pathlib
import re
import sys
import tempfile
import urllib.parse


# Where the scripts of the menu and of the tree lead.
TARGET = {"menudata.js": re.compile(r'url:"([^"]+)"'), "navtreedata.js": re.compile(r'"([\w.-]+\.html(?:#[\w-]+)?)"')}


class Page(html.parser.HTMLParser):
    """The anchors of a page, and where it points: (attribute's tag, target)."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.targets = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("id", "name") and value:
                self.anchors.add(value)
            if key in ("href", "src") and value:
                self.targets.append((tag, value))


def faults(folder):
    pages = {path.name: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.html"))}
    if not pages:
        yield f"{folder}: no pages"
    for script, pattern in TARGET.items():
        pages[script] = Page("")
        if (folder / script).exists():
            pages[script].targets = [("a", target) for target in pattern.findall((folder / script).read_text(encoding="utf-8"))]
    for name, page in pages.items():
        for tag, target in sorted(set(page.targets)):
            parts = urllib.parse.urlsplit(target)
            if parts.scheme or parts.netloc:
                if tag != "a" and parts.scheme not in ("javascript", "data"):
                    yield f"{name}: <{tag}> loads {target} from the network"
                continue
            file = urllib.parse.unquote(parts.path) or name
            anchor = urllib.parse.unquote(parts.fragment)
            if not (folder / file).exists():
                yield f"{name}: {target} is not there"
            elif anchor and file in pages and anchor not in pages[file].anchors:
                yield f"{name}: {target}: the page has no such anchor"


def self_test():
    """One fault of each kind, and what is none."""
    page = ('<h1 id="top"></h1><a href="b.html#here">b</a><a href="https://example.org">x</a><a href="gone.html">g</a><a href="#no">n</a>'
            '<script src="https://example.org/x.js"></script><img src="no.svg">')
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "a.html").write_text(page)
        (folder / "b.html").write_text('<a name="here"></a>')
        (folder / "menudata.js").write_text('[{text:"B",url:"b.html"},{text:"C",url:"c.html"}]')
        (folder / "navtreedata.js").write_text('[ "B", "b.html#here" ], [ "D", "b.html#d" ]')
        found = sorted(faults(folder))
    expected = ["a.html: #no:", "a.html: <script> loads", "a.html: gone.html is", "a.html: no.svg is", "menudata.js: c.html is", "navtreedata.js: b.html#d:"]
    if len(found) != len(expected) or not all(map(str.startswith, found, expected)):
        sys.exit(f"self-test: expected {expected}, found {found}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit()
    found = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "links: all lead somewhere")
    sys.exit(1 if found else 0)
