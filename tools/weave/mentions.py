"""What the prose of a chapter's page mentions must be there: equations, sections, literature; and all literature is mentioned."""
import re

import marks

EQUATION = re.compile(r"\((\d+)\.(\d+)\)")
SECTION = re.compile(r"\bsections? (\d+)\.(\d+)(?: (?:to|and) (\d+)\.(\d+))?")
HEADING = re.compile(r"^## (\d+)\.(\d+) ", re.M)
CITATION = re.compile(r"(?<![\w\]`])\[(\d+(?:, ?\d+)*)\](?!\()")
REFERENCE = re.compile(r"^(\d+)\. ", re.M)
FORMULA = re.compile(r"\$`[^`]*`\$|\$[^$\n]*\$|`[^`\n]*`")


def prose(text):
    """The page without code, formulas and marks, its lines where they were."""
    lines = []
    for line, inside in marks.with_formulas(marks.strip_code(text.split("\n"))):
        lines.append("" if inside or line.startswith("<!--") else FORMULA.sub("", line))
    return "\n".join(lines)


def numbers(text):
    """("equation" or "section", chapter, number) of all that a page numbers."""
    equations = (found[1].split(".") for line in marks.strip_code(text.split("\n")) if (found := marks.EQUATION.match(line)))
    return {("equation", *pair) for pair in equations} | {("section", *pair) for pair in HEADING.findall(text)}


def problems(text, others):
    """[(line, what is wrong)]; `others` holds the texts of all chapters, for one may mention the other."""
    there = numbers(text).union(*map(numbers, others))
    chapters = {chapter for _, chapter, _ in there}
    body, heading, list_of = prose(text).partition("References\n")
    references = REFERENCE.findall(list_of) if heading else []
    found, cited = [], set()
    for number, line in enumerate(body.split("\n"), 1):
        mentioned = [("equation", *pair) for pair in EQUATION.findall(line)]
        for first, second, third, fourth in SECTION.findall(line):
            mentioned += [("section", first, second)] + ([("section", third, fourth)] if third else [])
        found += [(number, f"there is no {kind} {chapter}.{count}")
                  for kind, chapter, count in mentioned if chapter in chapters and (kind, chapter, count) not in there]
        for each in CITATION.findall(line):
            cited.update(re.split(", ?", each))
            found += [(number, f"there is no reference [{one}]") for one in re.split(", ?", each) if one not in references]
    last = text.count("\n") + 1
    found += [(last, f"reference {one} is mentioned nowhere on the page: write [{one}] where it belongs")
              for one in references if one not in cited]
    return found
