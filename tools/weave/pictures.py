"""The pictures of a page: drawn anew where their numbers, or the way in which they are drawn, have changed.

A woven picture ends with a comment that tells what it was drawn by, and what it was then."""
import hashlib
import re

import compare

PATH = re.compile(r"'[^']*/figures/([^']*)'")  # in a script: wherever the run is, it draws the same
STAMP = re.compile(r"<!-- drawn by (\w+), as (\w+) -->\n$")


def digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


class Drawn:
    """One picture of a run: its numbers (.tsv), gnuplot's script (.gp) and what that made of them (.svg)."""

    def __init__(self, folder, name):
        def text(suffix):
            return (folder / f"{name}.{suffix}").read_text(encoding="utf-8")
        self.name, self.numbers, self.picture = name, text("tsv"), text("svg")
        self.drawn_by = digest(PATH.sub(r"'\1'", text("gp")))

    def difference(self, folder, tolerance):
        """In which way the picture in a page's folder is another one, in words; None if it is not."""
        numbers, picture = folder / f"{self.name}.tsv", folder / f"{self.name}.svg"
        if not numbers.exists() or not picture.exists():
            return "missing"
        body = picture.read_text(encoding="utf-8")
        stamp = STAMP.search(body)
        if not stamp or digest(body[:stamp.start()]) != stamp[2]:
            return f"{picture.name} is not as it was woven"
        if stamp[1] != self.drawn_by:
            return "its title, axes, curves or style have changed"
        return compare.columns_differ(numbers.read_text(encoding="utf-8"), self.numbers, tolerance)

    def write(self, folder):
        """Puts the picture into a page's folder."""
        folder.mkdir(exist_ok=True)
        (folder / f"{self.name}.tsv").write_text(self.numbers, encoding="utf-8")
        (folder / f"{self.name}.svg").write_text(f"{self.picture}<!-- drawn by {self.drawn_by}, as {digest(self.picture)} -->\n",
                                                 encoding="utf-8")
