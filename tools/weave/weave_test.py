#!/usr/bin/env python3
"""Tests of the weave: what it takes over, and that each way of being stale or unproved is named."""
import json
import pathlib
import tempfile
import unittest

import compare
import marks
import proofs
import weave

EQUATION = """<!-- eq: 1.1 {kind} -->
```math
a = b
```
<!-- proof: 1.1 -->
<!-- /proof -->
"""


def results(**changes):
    test = {"name": "Chain", "status": "RUN", "result": "COMPLETED", "equation": "1.1", "error": "2.0e-16",
            "tolerance": "1e-12", "rejected": "transposed=0.83"}
    test.update(changes)
    test = {key: value for key, value in test.items() if value is not None}
    return {"testsuites": [{"name": "Backprop", "testsuite": [test]}]}


class Weave(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) if hasattr(
            self, "enterContext") else pathlib.Path(tempfile.mkdtemp())
        self.chapter, self.run_folder = self.folder / "01_backprop", self.folder / "run"
        (self.run_folder / "figures").mkdir(parents=True)
        self.chapter.mkdir()
        self.report = {"sections": {"loss": {"text": "loss 0.1234\n", "tolerance": 1e-2}},
                       "values": {"rate": {"value": 0.1234, "tolerance": 1e-2}}, "figures": {}}

    def page(self, text, record=None, checking=False):
        """(the page as woven, its problems)"""
        (self.chapter / "README.md").write_text(text, encoding="utf-8")
        (self.run_folder / "run.json").write_text(json.dumps(self.report), encoding="utf-8")
        (self.folder / "results.json").write_text(json.dumps(record or results()), encoding="utf-8")
        page = weave.Page(self.chapter, self.run_folder, proofs.Results(self.folder / "results.json"))
        text = page.weave(checking)
        page.figures(checking)
        page.links()
        page.mentions()
        return text, page.problems

    def problem(self, text, record=None, checking=False):
        problems = self.page(text, record, checking)[1]
        self.assertEqual(len(problems), 1, problems)
        return problems[0]

    def test_an_identity_shows_its_error_and_its_test(self):
        text, problems = self.page(EQUATION.format(kind="identity Backprop.Chain"))
        self.assertEqual(problems, [])
        self.assertIn("proved by `Backprop.Chain`: largest error 2.0e-16, tolerance 1e-12; 1 wrong variant rejected",
                      text)

    def test_a_woven_page_is_not_stale_and_another_rounding_error_does_not_make_it_so(self):
        text, _ = self.page(EQUATION.format(kind="identity Backprop.Chain"))
        self.assertEqual(self.page(text, checking=True), (text, []))
        self.assertEqual(self.page(text, results(error="7.1e-15"), checking=True), (text, []))

    def test_what_a_proof_says_is_held_to_its_tolerance(self):
        text, _ = self.page(EQUATION.format(kind="identity Backprop.Chain"))
        self.assertIn("README.md:5: the proof of 1.1 is stale (1e-15 on the page, 1e-12 now",
                      self.problem(text.replace("tolerance 1e-12", "tolerance 1e-15"), checking=True))
        for error in ("2.0e-11", "nan", "-1.0e+00", "small"):
            self.assertIn("the proof of 1.1 is stale", self.problem(text.replace("2.0e-16", error), checking=True))
        bound = results(error=None, tolerance=None, slack="4.0e-02")
        text, _ = self.page(EQUATION.format(kind="bound Backprop.Chain"), bound)
        self.assertEqual(self.page(text.replace("4.0e-02", "4.1e-02"), bound, checking=True)[1], [])
        for slack in ("9.0e-01", "0.0e+00", "-4.0e-02"):
            self.assertIn("the proof of 1.1 is stale", self.problem(text.replace("4.0e-02", slack), bound, checking=True))

    def test_without_results_only_the_run_is_judged(self):
        text, _ = self.page(EQUATION.format(kind="identity Backprop.Chain") + "\n<!-- v: rate .2f -->0.12<!-- /v -->\n")
        self.report["values"]["rate"]["value"] = 0.5
        self.page(text)
        page = weave.Page(self.chapter, self.run_folder, None)
        page.weave(True)
        self.assertEqual(len(page.problems), 1, page.problems)
        self.assertIn("the value rate is stale", page.problems[0])

    def test_an_identity_needs_a_test_that_proves_it(self):
        page = EQUATION.format(kind="identity Backprop.Chain")
        self.assertIn("names no test", self.problem(EQUATION.format(kind="identity")))
        self.assertIn("does not exist", self.problem(EQUATION.format(kind="identity Backprop.Other")))
        self.assertIn("did not run", self.problem(page, results(status="NOTRUN")))
        self.assertIn("did not run", self.problem(page, results(result="SKIPPED")))
        self.assertIn("fails", self.problem(page, results(failures=[{"failure": "no"}])))
        self.assertIn("claims equation 1.7", self.problem(page, results(equation="1.7")))
        self.assertIn("proves no identity", self.problem(page, results(error=None)))
        self.assertIn("rejects no wrong variant", self.problem(page, results(rejected="")))
        self.assertIn("proves no bound", self.problem(EQUATION.format(kind="bound Backprop.Chain")))

    def test_definitions_and_citations_need_none(self):
        self.assertIn("**(1.1)** definition", self.page(EQUATION.format(kind="definition"))[0])
        self.assertIn("cited: Bishop 2006, section 5.3",
                      self.page(EQUATION.format(kind="cited Bishop 2006, section 5.3"))[0])
        self.assertIn("README.md:1: equation 1.1: says not from where", self.problem(EQUATION.format(kind="cited")))
        self.assertIn("needs no proof, but names 'Backprop.Chain'", self.problem(EQUATION.format(kind="definition Backprop.Chain")))

    def test_every_display_formula_is_numbered_in_order(self):
        self.assertIn("without '<!-- eq", self.problem("```math\na\n```\n"))
        self.assertIn("1.1 is due", self.problem(EQUATION.format(kind="definition").replace("1.1", "1.2")))
        self.assertIn("kind 'lemma'", self.page(EQUATION.format(kind="lemma"))[1][0])
        self.assertIn("must follow the formula", self.page("<!-- eq: 1.1 definition -->\n```math\na\n```\n")[1][0])

    def test_no_display_formula_does_without_a_number(self):
        for formula in ("$$a = b$$", "as $$a = b$$ says", "$$\na = b", "``` math\na = b\n```", "~~~math\na = b\n~~~"):
            self.assertIn("README.md:3: a display formula stands in a ```math fence", self.problem(f"text\n\n{formula}\n"))
        self.assertEqual(self.page("```sh\necho $$\n```\n")[1], [])

    def test_what_is_mentioned_is_there(self):
        page = (EQUATION.format(kind="definition") + "\n## 1.1 Here\n\nBy (1.1) [2], section 1.1.\n\n## 1.2 References\n\n"
                "1. A book, section 1.9.\n2. A paper.\n")
        self.assertIn("README.md:16: reference 1 is mentioned nowhere", self.problem(page))
        page = page.replace("[2]", "[1, 2]")
        self.assertEqual(self.page(page)[1], [])
        self.assertIn("README.md:10: there is no equation 1.7", self.problem(page.replace("(1.1)", "(1.7)")))
        self.assertIn("there is no section 1.7", self.problem(page.replace("section 1.1.", "sections 1.1 to 1.7.")))
        self.assertIn("there is no reference [3]", self.problem(page.replace("[1, 2]", "[1, 2], [3]")))
        self.assertEqual(self.page(page.replace("section 1.1.", "(5.1), $x_{(1.7)}$ and `(1.7)`."))[1], [], "no chapter 5 is here")
        other = self.folder / "05_attention"
        other.mkdir()
        (other / "README.md").write_text("<!-- eq: 5.1 definition -->\n", encoding="utf-8")
        self.assertEqual(self.page(page.replace("(1.1)", "(5.1)"))[1], [])
        self.assertIn("there is no equation 5.2", self.problem(page.replace("(1.1)", "(5.2)")))

    def test_a_box_shows_what_refutes_it(self):
        box = "<!-- falsify: 1.1 {0} -->\n> wrong\n<!-- refuted: 1.1 {0} -->\n<!-- /refuted -->\n"
        page = EQUATION.format(kind="identity Backprop.Chain")
        self.assertIn("refutes it: off by 0.83, tolerance 1e-12", self.page(page + box.format("transposed"))[0])
        self.assertIn("does not reject a variant", self.problem(page + box.format("sign")))

    def test_output_and_values_are_taken_over_and_compared_within_their_tolerance(self):
        page = "<!-- weave: output loss -->\n<!-- /weave -->\nrate <!-- v: rate .3f --><!-- /v -->\n"
        text, problems = self.page(page)
        self.assertEqual(problems, [])
        self.assertIn("```text\nloss 0.1234\n```", text)
        self.assertIn("-->0.123<!--", text)
        self.report["sections"]["loss"]["text"] = "loss 0.1235\n"
        self.assertEqual(self.page(text, checking=True), (text, []))
        self.report["sections"]["loss"]["text"] = "loss 0.2\n"
        self.assertIn("stale (0.1234 on the page, 0.2 now", self.problem(text, checking=True))
        self.report["sections"]["loss"]["text"] = "other 0.1234\n"
        self.assertIn("stale", self.problem(text, checking=True))
        self.report["sections"] = {}
        self.assertIn("prints no section 'loss'", self.problem(text, checking=True))

    def test_a_value_is_written_in_the_format_that_the_page_names(self):
        page = "error <!-- v: error .1e -->0<!-- /v --> of <!-- v: count ,.0f -->31,946<!-- /v -->\n"
        self.report["values"] = {"error": {"value": 3e-16, "tolerance": 0.01}, "count": {"value": 31946, "tolerance": 0}}
        self.assertIn("the value error is stale", self.problem(page, checking=True))
        self.assertIn("-->3.0e-16<!--", self.page(page)[0])
        self.assertEqual(self.page(page.replace(">0<", ">2.0e-16<"), checking=True)[1], [], "rounding is rounding")

    def test_code_comes_from_the_source(self):
        (self.chapter / "example.cpp").write_text("x\n  //! [a]\n  int y;\n  //! [a]\n", encoding="utf-8")
        text, problems = self.page("<!-- weave: code example.cpp a -->\n<!-- /weave -->\n")
        self.assertEqual(problems, [])
        self.assertIn("```cpp\nint y;\n```", text)
        self.assertIn("0 times", self.page("<!-- weave: code example.cpp b -->\n<!-- /weave -->\n")[1][0])

    def test_differences_are_those_of_two_regions(self):
        for name, line in (("a.cu", "int y;"), ("b.cu", "long y;")):
            source = f"{name}\n//! [k]\n  int x;\n  {line}\n  int z;\n  int w;\n//! [k]\n"
            (self.chapter / name).write_text(source, encoding="utf-8")
        text, problems = self.page("<!-- weave: diff a.cu b.cu k -->\n<!-- /weave -->\n")
        self.assertEqual(problems, [])
        self.assertIn("```diff\n@@\n int x;\n-int y;\n+long y;\n int z;\n```", text)
        self.assertEqual(self.page(text, checking=True), (text, []))
        self.assertIn("stale", self.problem(text.replace("long", "short"), checking=True))
        self.assertIn("no source c.cu", self.page("<!-- weave: diff a.cu c.cu k -->\n<!-- /weave -->\n")[1][0])

    def test_indentation_is_no_difference(self):
        (self.chapter / "a.cu").write_text("//! [k]\nint x;\nload();\nwait();\nsum();\nint y;\n//! [k]\n", encoding="utf-8")
        (self.chapter / "b.cu").write_text("//! [k]\nint x;\nfor (;;) {\n  load();\n  wait();\n  sum();\n}\nint y;\n//! [k]\n", encoding="utf-8")
        text, problems = self.page("<!-- weave: diff a.cu b.cu k -->\n<!-- /weave -->\n")
        self.assertEqual(problems, [])
        self.assertIn("```diff\n@@\n int x;\n+for (;;) {\n   load();\n@@\n   sum();\n+}\n int y;\n```", text)

    def test_figures_are_drawn_and_shown_and_their_numbers_compared(self):
        self.report["figures"] = {"fd": {"tolerance": 0.01}}
        data = self.run_folder / "figures" / "fd.tsv"
        data.write_text("# a\n0\t1\n1\t2\n", encoding="utf-8")
        data.with_suffix(".svg").write_text("<svg/>\n", encoding="utf-8")
        data.with_suffix(".gp").write_text("DATA = '/a/figures/fd.tsv'\nset title 'One'\n", encoding="utf-8")
        page = "![caption](figures/fd.svg)\n"
        self.assertIn("missing", self.problem(page, checking=True))
        self.assertEqual(self.page(page)[1], [])
        self.assertTrue((self.chapter / "figures" / "fd.svg").exists())
        data.write_text("# a\n0\t1\n1\t2.001\n", encoding="utf-8")
        self.assertEqual(self.page(page, checking=True)[1], [])
        data.write_text("# a\n0\t1\n1\t2.5\n", encoding="utf-8")
        self.assertIn("off by 0.5", self.problem(page, checking=True))
        data.write_text("# a\n0\t4e-15\n1\t-3e-15\n", encoding="utf-8")
        self.assertEqual(self.page(page)[1], [])
        data.write_text("# a\n0\t1e-15\n1\t2e-16\n", encoding="utf-8")
        self.assertEqual(self.page(page, checking=True)[1], [], "a column of rounding is any column of rounding")
        data.write_text("# a\n0\t1e-15\n1\t2e-8\n", encoding="utf-8")
        self.assertIn("off by 2e-08", self.problem(page, checking=True))
        data.write_text("1\t0.01\n0.5\t0.02\n", encoding="utf-8")
        self.assertEqual(self.page(page)[1], [])
        data.write_text("1\t0.018\n0.5\t0.02\n", encoding="utf-8")
        self.assertEqual(self.page(page, checking=True)[1], [], "the numbers of a matrix have one range")
        data.write_text("1\t0.025\n0.5\t0.02\n", encoding="utf-8")
        self.assertIn("off by 0.015", self.problem(page, checking=True))
        self.assertIn("drawn, but not shown", self.problem("nothing\n"))
        self.assertIn("does not draw it", self.page(page.replace("fd", "other"))[1][0])

    def test_a_figure_that_is_drawn_in_another_way_is_stale(self):
        self.report["figures"] = {"fd": {"tolerance": 0.01}}
        run, page = self.run_folder / "figures", "text\n\n![caption](figures/fd.svg)\n"
        for suffix, text in (("tsv", "# a\n0\t1\n"), ("svg", "<svg/>\n"), ("gp", "DATA = '/a/figures/fd.tsv'\nset title 'One'\n")):
            (run / f"fd.{suffix}").write_text(text, encoding="utf-8")
        self.page(page)
        (run / "fd.gp").write_text("DATA = '/b/c/figures/fd.tsv'\nset title 'One'\n", encoding="utf-8")
        self.assertEqual(self.page(page, checking=True)[1], [], "it may be drawn in another folder")
        (run / "fd.gp").write_text("DATA = '/a/figures/fd.tsv'\nset title 'Two'\n", encoding="utf-8")
        (run / "fd.svg").write_text("<svg>Two</svg>\n", encoding="utf-8")
        self.assertIn("README.md:3: figure fd is stale (its title, axes", self.problem(page, checking=True))
        self.assertEqual(self.page(page)[1], [])
        picture = self.chapter / "figures" / "fd.svg"
        self.assertIn("Two", picture.read_text(encoding="utf-8"))
        for spoiled in (picture.read_text(encoding="utf-8").replace("Two", "Three"), ""):
            picture.write_text(spoiled, encoding="utf-8")
            self.assertIn("not as it was woven", self.problem(page, checking=True))

    def test_links_lead_somewhere(self):
        self.assertIn("not there", self.problem("see [that](missing.md)\n"))

    def test_marks_inside_of_code_are_text(self):
        self.assertEqual(marks.parse("```md\n<!-- eq: 1.1 identity -->\n```\n"), ([], [], []))

    def test_numbers_are_compared_as_numbers(self):
        self.assertIsNone(compare.difference("a -1.00 b", "a -1.001 b", 0.01))
        self.assertIsNone(compare.difference("error 1e-16", "error 3e-15", 1e-6))
        self.assertIsNone(compare.difference("error 3.0e-11", "error 3.1e-11", 0.05))
        self.assertIsNotNone(compare.difference("error 3e-11", "error 4e-11", 0.05))
        self.assertIsNotNone(compare.difference("error 0", "error 3e-11", 0.05), "3e-11 is a result, not rounding")
        self.assertIsNotNone(compare.difference("error 1e-3", "error 3e-3", 1e-2))
        self.assertIsNotNone(compare.difference("w1 = 2", "w2 = 2", 1))


if __name__ == "__main__":
    unittest.main()
