#!/usr/bin/env python3
"""A chapter as a notebook: the text of its page, the code of its example in cells, and as their output what the page took over
from the run of the example. Usage: notebook.py --out DIR CHAPTER...

A notebook holds nothing that the page, its figures and the chapter's sources do not, so none is stored.
A function of the example that reports (`void cost(Run& run)`) becomes a cell that defines and calls it, where the page first
shows something of it; before it stand the definitions it needs, from any file of the chapter, unless the page showed them."""
import argparse
import json
import pathlib
import re
import sys
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import marks  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMMENT = re.compile(r"<!--.*?-->\n?")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!\w+:|#)[^)]*\)")
WORD = re.compile(r"[A-Za-z_]\w*")
OUTPUT = re.compile(r"<!-- weave: output (\S+) -->\n```text\n(.*?)\n```\n<!-- /weave -->", re.S)
FIGURE = re.compile(r"^!\[[^\]]*\]\(figures/(\S+)\.svg\)", re.M)
ARGUMENT = r'\(\s*(?:"([^"]*)"|fmt::format\("([^"]*)"|\w+,)'  # a name, the pattern of one, or a variable that holds one
PRINTS = re.compile(r"\brun\.section" + ARGUMENT)
DRAWS = re.compile(r"\brun\.(?:curves|scatter|contour|heat_map|images)" + ARGUMENT)
REPORTS = re.compile(r"^void (\w+)\(Run& run\b", re.M)
CALL = re.compile(r"^(\w+)\(run(?:, \w+)*\);$")


@dataclass
class Item:
    """A definition of a chapter's source, with the comment above it."""

    file: str  # its stem: a header and its source belong together
    text: str
    tags: set  # of the regions that it belongs to
    names: set
    reports: str  # the name of a function that takes the run, or ""
    inner: bool = False  # no other file can name it


def items(path):
    """The definitions of a source in their order; and its includes."""
    found, includes, lines, depth, tags, active = [], [], [], 0, set(), set()
    struct = ""
    for line in path.read_text(encoding="utf-8").split("\n"):
        tag = re.match(r"\s*//! \[(.+)\]$", line)
        code = re.sub(r"//.*", "", line).rstrip()
        if tag:
            active ^= {tag[1]}
            tags |= active
        elif line.startswith("#"):
            includes += [line] if line.startswith("#include") else []
            lines = []  # the comment at the head of the file
        elif re.match(r"namespace\b.*\{$|\}  // namespace", line) or (not line.strip() and depth == 0):
            lines, tags = [], set(active)
        else:
            lines.append(line)
            tags |= active
            depth += sum(code.count(c) for c in "({[") - sum(code.count(c) for c in ")}]")
            if depth == 0 and code.endswith((";", "}")):
                text = "\n".join(lines)
                names, struct = defined(text, struct)
                reports = REPORTS.search(text)
                found.append(Item(path.stem, text, tags, names, reports[1] if reports and text.endswith("}") else ""))
                lines, tags = [], set(active)
    return found, includes


def defined(text, struct):
    """(names that an item defines, the last structure met): an operator goes with the structure before it."""
    code = re.sub(r"//.*", "", text)
    if kind := re.search(r"^(?:template .*\n)?(?:struct|class|enum class|enum|using) (\w+)", code, re.M):
        return {kind[1]}, kind[1]
    if re.search(r"\boperator\W", code.split("{")[0]):
        return {struct}, struct
    if re.match(r"\s*(?:inline )?(?:constexpr|const)\b[^({]*=", code):
        return set(re.findall(r"(\w+) =", code)), struct
    function = re.search(r"(\w+)\(", re.sub(r"template <.*>", "", code))
    return ({function[1]} if function else set()), struct


class Chapter:
    """The sources of a chapter that its example uses, and the page with what the example printed and drew."""

    def __init__(self, name):
        self.name, self.folder = name, ROOT / "tutorials" / name
        self.page = (self.folder / "README.md").read_text(encoding="utf-8")
        self.printed, self.drawn = dict(OUTPUT.findall(self.page)), FIGURE.findall(self.page)
        self.items, self.includes, self.done = [], [], set()
        self.read(self.folder / "example.cpp", set())
        body = (self.folder / "example.cpp").read_text(encoding="utf-8").split("static void chapter(Run& run) {\n")[1]
        lines = [line.strip() for line in body.split("\n}")[0].split("\n")]
        self.calls = {found[1]: line for line in lines if (found := CALL.match(line))}
        self.before = "\n".join(line for line in lines if not CALL.match(line))
        self.cells = []

    def read(self, path, seen):
        """Adds the items of a file after those of the chapter's files that it includes."""
        if path in seen or not path.exists():
            return
        seen.add(path)
        found, includes = items(path)
        for line in includes:
            if own := re.match(rf'#include "tutorials/{self.name}/(\w+)\.h"', line):
                self.read(self.folder / f"{own[1]}.h", seen)
                self.read(self.folder / f"{own[1]}.cpp", seen)
            elif line not in self.includes:
                self.includes.append(line)
        known = {name for item in self.items if item.file == path.stem for name in item.names}  # to the header
        for item in found:
            item.inner = path.suffix == ".cpp" and not item.names & known
        self.items += [item for item in found if not re.match(r"(static void chapter|int main)\b", item.text)
                       and not (REPORTS.search(item.text) and item.text.endswith(";"))]

    def needed(self, text, file, known):
        """The items that a text of a file names, and those that these name, but no reporting function: indices, in order."""
        words = set(WORD.findall(re.sub(r"//.*", "", text)))
        own = {name for item in self.items if item.file == file for name in item.names}  # which another file may have too
        for i, item in enumerate(self.items):
            named = item.names & words if item.file == file else set() if item.inner else item.names & words - own
            if i not in known and named and not (item.reports and item.reports in self.calls):
                known.add(i)
                self.needed(item.text, item.file, known)
        return sorted(known)

    def markdown(self, text):
        if text.strip():
            self.cells.append({"cell_type": "markdown", "metadata": {}, "source": text.strip("\n")})

    def code(self, text, outputs=()):
        self.cells.append({"cell_type": "code", "execution_count": 0, "metadata": {}, "outputs": list(outputs),
                           "source": text.strip("\n")})

    def definitions(self, text, file, wanted=()):
        """A cell with what a text of a file needs and no cell has defined yet, and the items `wanted`."""
        new = [i for i in self.needed(text, file, set(wanted)) if i not in self.done]
        self.done |= set(new)
        if new:
            self.code("\n\n".join(self.items[i].text for i in new))

    def texts(self, i):
        """The definition of a reporting function and those of its helpers."""
        item = self.items[i]
        return [item.text, *(self.items[k].text for k in self.needed(item.text, item.file, set()) if k != i)]

    def reported(self, i, by, names):
        """Those of the names (sections of the page, or its figures) that a reporting function reports, in its order."""
        found = []
        for text in self.texts(i):
            for call in by.finditer(text):
                name, pattern = call.groups()
                if pattern is not None:
                    wanted = ".+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", pattern))
                else:
                    wanted = "|".join(map(re.escape, re.findall(r'"([^"]*)"', text) if name is None else [name]))
                found += [each for each in names if re.fullmatch(wanted, each) and each not in found]
        return found

    def reporting(self, by, name):
        """The place of the function that reports a section or figure; None if no function of a cell does."""
        places = (i for i, item in enumerate(self.items) if item.reports in self.calls)
        return next((i for i in places if self.reported(i, by, [name])), None)

    def run_function(self, i):
        """The cell of a reporting function, with what it printed and drew; False if it stands there already."""
        if i in self.done:
            return False
        call = self.calls[self.items[i].reports]
        if self.before and ", " in call:
            self.definitions(self.before, "example")
            self.code(self.before)
            self.before = ""
        self.definitions(self.items[i].text, self.items[i].file)
        self.done.add(i)
        printed = "".join(f"{self.printed[name]}\n" for name in self.reported(i, PRINTS, self.printed))
        outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
        for name in self.reported(i, DRAWS, self.drawn):
            drawing = (self.folder / "figures" / f"{name}.svg").read_text(encoding="utf-8")
            outputs.append({"output_type": "display_data", "metadata": {},
                            "data": {"image/svg+xml": drawing, "text/plain": f"{name}.svg"}})
        self.code(f"{self.items[i].text}\n\n{call}", outputs)
        return True

    def region(self, file, tag):
        """A woven block of code: cells, where the notebook can run it; True if it now stands in one."""
        file = pathlib.Path(file).stem
        wanted = [i for i, item in enumerate(self.items) if item.file == file and tag in item.tags]
        if found := [i for i in wanted if self.items[i].reports in self.calls]:
            self.run_function(found[0])
            return True
        if not wanted or set(wanted) <= self.done:
            return False
        self.definitions("\n".join(self.items[i].text for i in wanted), file, wanted)
        return True

    def woven(self, kind, argument):
        """A woven block: True if a cell shows it now, right here."""
        if kind == "code":
            return self.region(*argument.split())
        found = self.reporting(PRINTS, argument) if kind == "output" else None
        return found is not None and (self.run_function(found) or self.cells[-1]["cell_type"] == "code")

    def begin(self):
        """The first cells: how to use the notebook, and what all others need."""
        self.markdown("*Cells are compiled by g++, and what they define stays: change one, run it, then those below. "
                      f"`./cadena notebook {self.name}` opens this notebook, docs/notebooks.md explains it.*")
        self.code("\n".join(self.includes) + '\n\nRun run("report", Run::Repeats::allowed);')

    def fill(self):
        """Makes the cells, in the order of the page."""
        gathered, lines, i = [], self.page.split("\n"), 0

        def flush():
            self.markdown(page_text("\n".join(gathered)))
            gathered.clear()

        while i < len(lines):
            woven, image = marks.WEAVE.match(lines[i]), FIGURE.match(lines[i])
            if lines[i].startswith("## ") and not any(cell["cell_type"] == "code" for cell in self.cells):
                flush()
                self.begin()
            if woven:
                end = lines.index("<!-- /weave -->", i)
                flush()
                if not self.woven(woven[1], woven[2]):
                    self.markdown("\n".join(lines[i + 1:end]))
                i = end
            elif image:
                flush()
                if (found := self.reporting(DRAWS, image[1])) is not None:
                    self.run_function(found)
            else:
                gathered.append(lines[i])
            i += 1
        flush()
        for i, item in enumerate(self.items):
            if item.reports in self.calls:
                self.run_function(i)
        self.markdown("The report of this run, `report/run.json`: the page of the chapter is checked against the same numbers.")
        self.code("run.finish();")

    def notebook(self):
        """The notebook, as JSON."""
        self.fill()
        count = 0
        for number, cell in enumerate(self.cells):
            cell["id"] = f"cell-{number}"
            if cell["cell_type"] == "code":
                count += 1
                cell["execution_count"] = count
        kernel = {"display_name": "C++20 (Cadena)", "language": "c++", "name": "cadena"}
        return {"cells": self.cells, "nbformat": 4, "nbformat_minor": 5,
                "metadata": {"kernelspec": kernel, "language_info": {"name": "c++", "file_extension": ".cpp",
                                                                     "pygments_lexer": "cpp", "mimetype": "text/x-c++src"}}}


def page_text(text):
    """The Markdown of a page as Jupyter reads it."""
    text = re.sub(r"```math\n(.*?)\n```", lambda m: f"$$\n{m[1]}\n$$", COMMENT.sub("", text), flags=re.S)
    text = re.sub(r"\$`(.*?)`\$", r"$\1$", text)
    return LINK.sub(r"\1", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the notebooks")
    parser.add_argument("chapter", nargs="+", help="folders below tutorials/")
    arguments = parser.parse_args()
    for name in arguments.chapter:
        try:
            arguments.out.mkdir(parents=True, exist_ok=True)
            made = Chapter(name).notebook()
            (arguments.out / f"{name}.ipynb").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            sys.exit(f"notebook: {error}")


if __name__ == "__main__":
    main()
