#!/usr/bin/env python3
"""Weaves what the examples printed and drew, and what the tests proved, into the pages of the chapters.

weave.py [--check] --runs DIR --results FILE CHAPTER...

DIR/CHAPTER is what the chapter's example reported (run.json, figures/); FILE is the JSON report of the tests. Without
--check pages and figures are rewritten; with it they are only compared, numbers within their tolerances, and every
difference is named. The exit status is 1 if a page is stale, or claims what no test proves.
"""
import argparse
import difflib
import json
import pathlib
import re
import sys
import textwrap

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import compare  # noqa: E402
import marks  # noqa: E402
import mentions  # noqa: E402
import pictures  # noqa: E402
import proofs  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Page:
    """One chapter's README.md, the run of its example, and the results of the tests (None: proofs are taken as they stand)."""

    def __init__(self, chapter, run, results):
        self.path = chapter / "README.md"
        self.chapter, self.run, self.results = chapter, run, results
        self.report = json.loads((run / "run.json").read_text(encoding="utf-8"))
        self.old = self.path.read_text(encoding="utf-8")
        self.equations, self.boxes, problems = marks.parse(self.old)
        self.problems = [f"{self.path}:{line}: {text}" for line, text in problems]
        self.unproved = set()
        for equation in self.equations:
            if results is None or equation.kind not in marks.KINDS:
                self.unproved.add(equation.number)
            elif equation.kind in ("identity", "bound"):
                if why := results.problem(equation):
                    self.fail(f"equation {equation.number}: {why}", equation.line)
                    self.unproved.add(equation.number)

    def fail(self, text, line=1):
        self.problems.append(f"{self.path}:{line}: {text}")

    def stale(self, what, mark, old, new, tolerance):
        """Notes a difference, at the line of the mark, that the tolerance does not cover; returns what the page should hold."""
        why = compare.difference(old, new, tolerance)
        if why is None and old:
            return old
        if self.checking:
            self.fail(f"{what} is stale ({why or 'empty'}): run ./cadena weave {self.chapter.name}", self.line(mark))
        return new

    def line(self, mark):
        """Where what the page holds at the mark begins."""
        return self.old.count("\n", 0, max(self.old.find(mark), 0)) + 1

    def weave(self, checking):
        """The page as it should be."""
        self.checking = checking
        known = {e.number: e for e in self.equations}

        def proof(found, old):
            equation = known.get(found[1])
            if equation is None or equation.number in self.unproved:
                return old
            new = self.results.proof(equation)
            if old and proofs.same(old, new):
                return old
            return self.stale(f"the proof of {equation.number}", found[0], old, new, 0)

        def refuted(found, old):
            equation = known.get(found[1])
            if equation is None or equation.number in self.unproved or equation.kind not in ("identity", "bound"):
                return old
            box = marks.Box(found[1], found[2], 1)
            try:
                new = self.results.refutation(equation, box)
            except KeyError:
                self.fail(f"box {box.name}: test {equation.rest} does not reject a variant of this name", self.line(found[0]))
                return old
            return self.stale(f"box {box.name}", found[0], old, new, 0.5)

        def woven(found, old):
            mark, kind, argument = found[0], found[1], found[2]
            if kind == "code":
                return self.stale(f"the code {argument}", mark, old, fenced("cpp", self.region(mark, *argument.split())), 0)
            if kind == "diff":
                return self.stale(f"the difference {argument}", mark, old, fenced("diff", self.diff(mark, *argument.split())), 0)
            if kind == "output":
                section = self.report["sections"].get(argument)
                if section is None:
                    self.fail(f"the example prints no section '{argument}'", self.line(mark))
                    return old
                text = "```text\n" + section["text"].rstrip() + "\n```"
                return self.stale(f"the output {argument}", mark, old, text, section["tolerance"])
            self.fail(f"weave: unknown kind '{kind}', expected code, diff or output", self.line(mark))
            return old

        def value(found):
            number = self.report["values"].get(found[1])
            if number is None:
                self.fail(f"the example reports no value '{found[1]}'", self.line(found[0]))
                return found[0]
            new, old = format(number["value"], found[2]), found[3]
            if not compare.written_as(old, found[2]):  # not yet woven: no tolerance makes it right
                old = ""
            text = self.stale(f"the value {found[1]}", found[0], old, new, number["tolerance"])
            return f"<!-- v: {found[1]} {found[2]} -->{text}<!-- /v -->"

        text = marks.between(self.old, marks.PROOF, "<!-- /proof -->", proof)
        text = marks.between(text, marks.REFUTED, "<!-- /refuted -->", refuted)
        text = marks.between(text, marks.WEAVE, "<!-- /weave -->", woven)
        return marks.VALUE.sub(value, text)

    def region(self, mark, file, tag):
        """The lines of a source between two lines with `//! [tag]`."""
        path = self.chapter / file if (self.chapter / file).exists() else ROOT / file
        if not path.exists():
            self.fail(f"no source {file}", self.line(mark))
            return []
        lines = path.read_text(encoding="utf-8").split("\n")
        at = [i for i, line in enumerate(lines) if line.strip() == f"//! [{tag}]"]
        if len(at) != 2:
            self.fail(f"{file}: the tag //! [{tag}] stands there {len(at)} times, expected 2", self.line(mark))
            return []
        return textwrap.dedent("\n".join(lines[at[0] + 1:at[1]])).strip("\n").split("\n")

    def diff(self, mark, old, new, tag):
        """What changes from the region of one source to that of another, with a line of context. Indentation is no
        change: a line that only moved into a loop is context, as it stands now."""
        before, after, lines = self.region(mark, old, tag), self.region(mark, new, tag), []
        match = difflib.SequenceMatcher(None, [x.strip() for x in before], [x.strip() for x in after], autojunk=False)
        for group in match.get_grouped_opcodes(1):
            lines.append("@@")
            for what, first, last, begin, end in group:
                if what == "equal":
                    lines += [f" {line}" for line in after[begin:end]]
                else:
                    lines += [f"-{line}" for line in before[first:last]] + [f"+{line}" for line in after[begin:end]]
        return lines

    def figures(self, checking):
        """Copies the figures that are new, or says which are stale; each one drawn is shown, each shown is drawn."""
        shown = {pathlib.Path(path).stem for _, path in marks.IMAGE.findall(self.old) if path.startswith("figures/")}
        drawn = self.report["figures"]
        for name in sorted(shown - set(drawn)):
            self.fail(f"figure {name} is shown, but the example does not draw it", self.line(f"figures/{name}."))
        for name in sorted(set(drawn) - shown):
            self.fail(f"figure {name} is drawn, but not shown")
        target = self.chapter / "figures"
        for name in sorted(shown & set(drawn)):
            new = pictures.Drawn(self.run / "figures", name)
            why = new.difference(target, drawn[name]["tolerance"])
            if why and checking:
                self.fail(f"figure {name} is stale ({why}): run ./cadena weave {self.chapter.name}", self.line(f"figures/{name}."))
            elif why:
                new.write(target)

    def links(self):
        """Relative links lead to files that are there."""
        text = "\n".join(marks.strip_code(self.old.split("\n")))
        for target in marks.LINK.findall(text):
            if not re.match(r"\w+:", target) and not (self.chapter / target.split("#")[0]).exists():
                self.fail(f"link to {target}, which is not there", self.line(f"]({target})"))

    def mentions(self):
        """What the prose mentions is there, in this chapter or another one."""
        others = [path.read_text(encoding="utf-8") for path in sorted(self.chapter.parent.glob("*/README.md"))]
        for line, what in mentions.problems(self.old, others):
            self.fail(what, line)


def fenced(language, lines):
    """Lines as a block of code."""
    return "\n".join([f"```{language}", *lines, "```"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--runs", type=pathlib.Path, required=True, help="folder of the examples' reports")
    parser.add_argument("--results", type=pathlib.Path, required=True, help="JSON report of the tests")
    parser.add_argument("chapter", nargs="+", help="folders below tutorials/")
    arguments = parser.parse_args()
    results, bad = proofs.Results(arguments.results), 0
    for name in arguments.chapter:
        chapter = ROOT / "tutorials" / name
        if not (chapter / "README.md").exists():
            there = ", ".join(sorted(p.parent.name for p in (ROOT / "tutorials").glob("*/README.md")))
            sys.exit(f"weave: no chapter '{name}'; there are {there}")
        try:
            page = Page(chapter, arguments.runs / name, results)
            text = page.weave(arguments.check)
        except (ValueError, FileNotFoundError) as error:
            print(f"{name}: {error}")
            bad += 1
            continue
        page.figures(arguments.check)
        page.links()
        page.mentions()
        if not arguments.check and text != page.old:
            page.path.write_text(text, encoding="utf-8")
            print(f"{page.path.relative_to(ROOT)}: woven")
        print("\n".join(page.problems) if page.problems else
              f"{name}: {len(page.equations)} equations, {len(page.boxes)} falsification boxes, all as proved")
        bad += len(page.problems)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
