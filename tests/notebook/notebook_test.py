#!/usr/bin/env python3
"""Every chapter becomes a notebook from its page and its sources: nothing is lost, nothing stands twice, no mark is left."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools" / "weave"))
import notebook  # noqa: E402

CHAPTERS = sorted(page.parent.name for page in (ROOT / "tutorials").glob("[0-9]*/README.md"))


class Notebooks(unittest.TestCase):
    def test_every_chapter(self):
        self.assertGreaterEqual(len(CHAPTERS), 7)
        for name in CHAPTERS:
            with self.subTest(name):
                page = (ROOT / "tutorials" / name / "README.md").read_text(encoding="utf-8")
                cells = notebook.Chapter(name).notebook()["cells"]
                outputs = [o for cell in cells for o in cell.get("outputs", [])]
                printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream")
                blocks = re.findall(r"<!-- weave: output \S+ -->\n```text\n(.*?)```", page, re.S)
                self.assertEqual(len(printed), sum(map(len, blocks)))
                for block in blocks:
                    self.assertEqual(printed.count(block), 1, block)
                drawn = [o["data"]["text/plain"] for o in outputs if o["output_type"] == "display_data"]
                self.assertEqual(sorted(drawn), sorted(f"{f}.svg" for f in re.findall(r"\]\(figures/(\S+)\.svg\)", page)))
                text = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
                self.assertNotIn("<!--", text)
                self.assertNotIn("```math", text)
                code = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")
                self.assertNotIn("//! [", code)
                definitions = re.findall(r"^(?:struct|class) \w+ .*?^}", code, re.M | re.S)
                self.assertEqual(len(definitions), len(set(definitions)))
                for cell in cells:  # of two files that use the same name, none in one cell
                    names = re.findall(r"^(?:struct|class) (\w+)", cell["source"], re.M) if cell["cell_type"] == "code" else []
                    self.assertEqual(len(names), len(set(names)), names)

    def test_definitions_come_before_their_use(self):
        cells = notebook.Chapter("01_backprop").notebook()["cells"]
        code = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")
        order = [code.index(text) for text in ("class Tape {", "class Scalar {", "by_hand(run);", "two_moons(std", "\nmoons(run);")]
        self.assertEqual(order, sorted(order))

    def test_each_file_has_its_own_constants(self):
        """adding.cpp and writing.cpp of chapter 5 both have a kSteps: the cell before each run defines the one that it means."""
        sources = [cell["source"] for cell in notebook.Chapter("05_attention").notebook()["cells"] if cell["cell_type"] == "code"]
        steps = []
        for call in ("learn_to_add(run);", "learn_to_write(run);"):
            at = next(i for i, source in enumerate(sources) if source.endswith(call))
            steps.append(re.findall(r"constexpr int kSteps = (\d+)", "\n".join(sources[:at]))[-1:])
        self.assertEqual(steps, [re.findall(r"constexpr int kSteps = (\d+)", (ROOT / "tutorials" / "05_attention" / file).read_text())
                                 for file in ("adding.cpp", "writing.cpp")])

    def test_a_cell_shows_what_its_function_reports(self):
        """Words in quotes that are no names of figures are not taken for such: "steps" in chapter 6."""
        cells = [cell for cell in notebook.Chapter("06_gemm").notebook()["cells"] if cell["cell_type"] == "code"]
        shown = {cell["source"].rsplit("\n", 1)[-1]: [o["data"]["text/plain"] for o in cell["outputs"] if "data" in o] for cell in cells}
        self.assertEqual(shown["by_step(run);"], ["steps.svg"])
        self.assertEqual(shown["ladder(run);"], [])


if __name__ == "__main__":
    unittest.main()
