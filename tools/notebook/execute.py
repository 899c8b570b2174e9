#!/usr/bin/env python3
"""Runs a chapter's notebook from top to bottom without a browser, and holds what it prints, draws and reports against the
chapter's page. Usage: execute.py NOTEBOOK OUT: the executed notebook lands in OUT. Ends with 1 where a cell
fails, or a number differs by more than its tolerance."""
import pathlib
import shutil
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "weave"))
import compare  # noqa: E402
import weave  # noqa: E402

SECONDS = 900  # for a cell


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def drawn(cell):
    return [output.data["text/plain"] for output in cell.outputs if output.output_type == "display_data"]


def differences(woven, executed, page):
    """What the executed cells show and the woven ones do not; then what the report says otherwise than the page."""
    for number, (old, new) in enumerate(zip(woven.cells, executed.cells)):
        if old.cell_type == "code":
            if compare.skeleton(printed(old)) != compare.skeleton(printed(new)):
                yield f"cell {number} prints:\n{printed(new)}expected:\n{printed(old)}"
            if drawn(old) != drawn(new):
                yield f"cell {number} draws {drawn(new)}, expected {drawn(old)}"
    page.weave(True)
    page.figures(True)
    yield from page.problems


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, out = map(pathlib.Path, sys.argv[1:])
    name = source.stem
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    woven, notebook = (nbformat.read(source, as_version=4) for _ in range(2))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="cadena", startup_timeout=300, resources={"metadata": {"path": str(out)}})
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(f"{name}: {error}")
    finally:
        nbformat.write(notebook, out / f"{name}.ipynb")
    found = list(differences(woven, notebook, weave.Page(weave.ROOT / "tutorials" / name, out / "report", None)))
    if found:
        sys.exit(f"{name}: " + "\n".join(found))
    print(f"{name}: {sum(c.cell_type == 'code' for c in notebook.cells)} cells, with the numbers of the page")


if __name__ == "__main__":
    main()
