#!/usr/bin/env python3
"""Fails on a link, anchor, image or script of the site that leads nowhere, and on one that needs the network to look right.
Usage: check_links.py FOLDER"""
import html.parser
import pathlib
import sys
import urllib.parse


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


if __name__ == "__main__":
    found = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "links: all lead somewhere")
    sys.exit(1 if found else 0)
