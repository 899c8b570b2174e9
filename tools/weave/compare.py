"""Texts with numbers, compared with a tolerance: another compiler may change the last digits."""
import re

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
NEGLIGIBLE = 1e-12  # two numbers below this are both the rounding of f64, and any of them is any other


def same_number(a, b, tolerance):
    """True if a and b agree relative to the larger, or are both nothing but rounding."""
    return abs(a - b) <= tolerance * max(abs(a), abs(b)) or max(abs(a), abs(b)) < NEGLIGIBLE


def written_as(text, form):
    """True if `text` is a number as the format `form` writes it: "0" is not what ".1e" makes of any number."""
    try:
        return format(float(text.replace(",", "")), form) == text
    except ValueError:
        return False


def skeleton(text):
    """The text with every number replaced by a mark, and runs of blanks by one (columns shift with signs)."""
    return re.sub(r"[ \t]+", " ", NUMBER.sub("#", text)).strip()


def difference(old, new, tolerance):
    """None if both texts agree up to their numbers' tolerance, otherwise what differs first, in words."""
    if skeleton(old) != skeleton(new):
        for a, b in zip(old.split("\n") + [""], new.split("\n") + [""]):
            if skeleton(a) != skeleton(b):
                return f"'{a.strip()}' on the page, '{b.strip()}' now"
        return "the text has another length"
    for a, b in zip(NUMBER.findall(old), NUMBER.findall(new)):
        if not same_number(float(a), float(b), tolerance):
            return f"{a} on the page, {b} now, tolerance {tolerance:g}"
    return None


def columns_differ(old, new, tolerance):
    """
    The same for the numbers of a figure: relative to the range of each column within each block, if it is not all
    rounding. A block without a label is a matrix or an image, whose numbers have one range.
    """
    def blocks(text):
        """[(label line, rows of numbers)]"""
        result = []
        for part in re.split(r"\n\n\n|\n\n", text.strip()):
            lines = part.split("\n")
            head = lines.pop(0) if lines and lines[0].startswith("#") else ""
            result.append((head, [[float(x) for x in line.split("\t")] for line in lines if line]))
        return result
    a, b = blocks(old), blocks(new)
    if [(head, len(rows)) for head, rows in a] != [(head, len(rows)) for head, rows in b]:
        return "other curves, or other numbers of points"
    for (head, old_rows), (_, new_rows) in zip(a, b):
        if [len(r) for r in old_rows] != [len(r) for r in new_rows]:
            return f"other columns {head}"
        pairs = [[*zip(x, y)] for x, y in zip(old_rows, new_rows)]
        for column in zip(*pairs) if head else [sum(pairs, [])]:
            scale = max(abs(x) for x, _ in column) or 1
            worst = max(abs(x - y) for x, y in column)
            if worst > tolerance * scale and max(abs(value) for pair in column for value in pair) >= NEGLIGIBLE:
                return f"off by {worst:.3g} in a column of size {scale:.3g} {head}"
    return None
