"""What the tests recorded about each equation, and the lines a page shows for it."""
import json
import re

import compare

MEASURED = re.compile(r"(largest error|least slack) ([^\s,;]+)|tolerance ([^\s,;]+)")


def same(old, new):
    """True if two lines of proof say the same. What was measured is the machine's: an error may be any that the tolerance
    allows, a slack another one of the same size."""
    if MEASURED.sub(lambda found: found[1] or found[0], old) != MEASURED.sub(lambda found: found[1] or found[0], new):
        return False
    measured = [{found[1]: found[2] for found in MEASURED.finditer(line) if found[1]} for line in (old, new)]
    tolerance = next((float(found[3]) for found in MEASURED.finditer(new) if found[3]), 0)
    try:
        error, slack = (float(measured[0].get(what, 0)) for what in ("largest error", "least slack"))
        return 0 <= error <= tolerance and compare.same_number(slack, float(measured[1].get("least slack", 0)), 0.5)
    except ValueError:
        return False


class Results:
    """Test name -> record, from GoogleTest's JSON."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            suites = json.load(file)["testsuites"]
        self.tests = {f"{suite['name']}.{test['name']}": test for suite in suites for test in suite["testsuite"]}

    def problem(self, equation):
        """Why the test of an identity or a bound does not prove it; None if it does."""
        name = equation.rest
        if not name:
            return "names no test"
        test = self.tests.get(name)
        if test is None:
            return f"test {name} does not exist"
        if test["status"] != "RUN" or test.get("result") == "SKIPPED":
            return f"test {name} did not run"
        if test.get("failures"):
            return f"test {name} fails"
        if test.get("equation") != equation.number:
            return f"test {name} claims equation {test.get('equation', 'none')}"
        if equation.kind == "identity" and "error" not in test:
            return f"test {name} proves no identity"
        if equation.kind == "bound" and "slack" not in test:
            return f"test {name} proves no bound"
        if not test.get("rejected"):
            return f"test {name} rejects no wrong variant"
        return None

    def variants(self, name):
        """Variant -> how far off it is, of one test."""
        return dict(pair.split("=") for pair in self.tests[name].get("rejected", "").split(";") if "=" in pair)

    def proof(self, equation):
        """The line beneath a formula."""
        head = f"<sub>**({equation.number})** {equation.kind}"
        if equation.kind == "definition":
            return head + "</sub>"
        if equation.kind == "cited":
            return f"{head}: {equation.rest}</sub>"
        test = self.tests[equation.rest]
        count = len(self.variants(equation.rest))
        measured = []
        if "error" in test:
            measured.append(f"largest error {test['error']}, tolerance {test['tolerance']}")
        if "slack" in test:
            measured.append(f"least slack {test['slack']}")
        return (f"{head} · ✓ proved by `{equation.rest}`: {', '.join(measured)}; "
                f"{count} wrong variant{'s' if count > 1 else ''} rejected</sub>")

    def refutation(self, equation, box):
        """The line beneath a falsification box; raises KeyError if the test does not reject the variant."""
        distance = self.variants(equation.rest)[box.name]
        test = self.tests[equation.rest]
        against = f"tolerance {test['tolerance']}" if "tolerance" in test else "the bound is broken"
        return f"> ✗ `{equation.rest}` refutes it: off by {distance}, {against}."
