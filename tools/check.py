"""What the checks of the tree (check_*.py) share: their command line, and small trees with planted faults.

A check is a generator `complaints(root)` of lines "place: what is wrong".
"""
import pathlib
import sys
import tempfile


def found_in(complaints, files):
    """What `complaints` says of a tree that holds just these files, given as {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return list(complaints(root))


def expect_at(complaints, files, expected):
    """Ends the program unless the complaints about `files` stand at exactly the places `expected`."""
    found = sorted(line.split(": ")[0] for line in found_in(complaints, files))
    if found != expected:
        sys.exit(f"self-test: expected {expected}, found {found}")


def main(complaints, all_is_well, self_test):
    """`[ROOT] | --self-test`: prints the complaints about the tree and fails if there are any."""
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    lines = list(complaints(root))
    print("\n".join(lines) or all_is_well)
    sys.exit(1 if lines else 0)
