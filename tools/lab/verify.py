"""Proves a lab: the solution scores everything, the starter nothing, each wrong solution fails the test that it should,
and hostile hand-ins gain nothing. Wrong solutions share one program, chosen by a variable of the environment."""
import os
import pathlib
import re
import sys
import tempfile
import time
import unittest.mock

import folders
import grade as grading
import hostile_kernels
import landlock
import sandbox
import source
from errors import HandInError, LabError
from manifest import Lab
from toolchain import Toolchain

HERE = pathlib.Path(__file__).resolve().parent
MINIMUM_WRONG = 5
WRONG_CHOICE = ('#include <cstdlib>\n#include <cstring>\nstatic bool cadena_lab_wrong(const char* name) {\n'
                '  const char* wish = std::getenv("CADENA_LAB_WRONG");\n'
                '  return wish != nullptr && std::strcmp(wish, name) == 0;\n}\n')
WAITING = {"early_loop", "loop", "sleep", "stop", "huge_frame", "output", "fork_bomb", "orphans"}  # these do nothing later that they did not do at once
ATTACKS = re.compile(r'^\s*if \(name == "(\w+)"\)', re.MULTILINE)


class Wrong:
    """A seeded wrong solution: lines `// hole:`, `// fails:`, `// why:` and optional ones, then the hole's body."""

    def __init__(self, path):
        self.name, head, self.body, self.includes = path.stem, {}, [], []
        for line in path.read_text(encoding="utf-8").split("\n"):
            match = re.match(r"^// (hole|fails|why|kind|when|include): (.*)$", line)
            if match and not self.body:
                key, value = match.groups()
                if key == "include":
                    self.includes.append(value)
                head[key] = value
            else:
                self.body.append(line)
        for key in ("hole", "fails", "why"):
            if key not in head:
                raise LabError(f"{path}: no line '// {key}: ...'")
        self.hole, self.fails, self.kind = head["hole"], head["fails"].split(), head.get("kind", "wrong")
        self.why = head["why"]
        self.when = dict(pair.split("=") for pair in head.get("when", "").split())

    def fits(self, chosen):
        return all(chosen.get(name) == value for name, value in self.when.items())


class Verification:
    def __init__(self, folder, chosen=None):
        self.lab = Lab(folder, chosen)
        self.text = self.lab.resolved(self.lab.source)
        self.complaints = []

    def complain(self, words):
        self.complaints.append(words)
        print(f"  FAILED {words}")

    def run(self, work, quick, all_isolations=False):
        lab = self.lab
        print(f"{lab.name} ({', '.join(f'{k}={v}' for k, v in lab.chosen.items()) or 'no variants'})")
        program = grading.Program(lab, Toolchain(), work)
        self.solution(program)
        self.starter(program)
        self.wrong(program)
        if not quick:
            if lab.kernels:
                self.hostile_kernels(program)
            self.hostile(program)
            if all_isolations and sandbox.user_to_run_as() is not None:  # as in containers whose kernel has no Landlock
                with unittest.mock.patch.object(landlock, "version", return_value=0):
                    self.hostile(program)

    def solution(self, program):
        begin = time.monotonic()
        executable, reasons = program.build(source.solution(self.text), "solution")
        for exercise, reason in reasons.items():
            self.complain(f"the solution of {exercise} is refused: {reason}")
        for test in self.lab.tests:
            verdict = program.run_test(executable, test)
            if not verdict["passed"]:
                self.complain(f"the solution fails {test['id']}: {brief(verdict)}")
        print(f"  solution: {self.lab.points():g} points, {time.monotonic() - begin:.1f} s")

    def starter(self, program):
        text = source.starter(self.text)
        if "SOLUTION" in text or "HINT" in text:
            self.complain("the starter still shows marks of solutions or hints")
        executable, _ = program.build(text, "starter")
        for test in self.lab.tests:
            verdict = program.run_test(executable, test)
            if verdict["passed"] or verdict["kind"] != "NotImplemented" or verdict["what"] != f"Lab {test['exercise']}":
                self.complain(f"the starter in {test['id']}: {brief(verdict)}")
        print("  starter: compiles, 0 points")

    def wrong(self, program):
        all_wrong = [Wrong(path) for path in sorted((self.lab.folder / "wrong").glob("*.inc"))]
        if len(all_wrong) < MINIMUM_WRONG:
            self.complain(f"{len(all_wrong)} wrong solutions in wrong/*.inc, at least {MINIMUM_WRONG} are asked for")
        for wrong in all_wrong:
            unknown = set(wrong.fails) - {test["id"] for test in self.lab.tests}
            if unknown or wrong.hole not in {e["id"] for e in self.lab.exercises}:
                raise LabError(f"wrong/{wrong.name}.inc names {wrong.hole} and {wrong.fails}, which lab.json has not")
        fitting = [wrong for wrong in all_wrong if wrong.fits(self.lab.chosen)]
        shared = [wrong for wrong in fitting if wrong.kind != "forbidden"]
        if shared:
            executable, _ = program.build(self.with_bodies(shared), "wrong", dialect_is_checked=False)
        for wrong in shared:
            for test in self.lab.tests:
                if test["exercise"] != wrong.hole:
                    continue
                verdict = program.run_test(executable, test, {"CADENA_LAB_WRONG": wrong.name})
                if test["id"] in wrong.fails and (verdict["passed"] or verdict["kind"] != wrong.kind):
                    self.complain(f"wrong/{wrong.name}.inc does not fail {test['id']} as '{wrong.kind}': {brief(verdict)}")
                if test["id"] not in wrong.fails and not verdict["passed"]:
                    self.complain(f"wrong/{wrong.name}.inc fails {test['id']} too, which it does not list: {brief(verdict)}")
        for group in self.in_different_holes([wrong for wrong in fitting if wrong.kind == "forbidden"]):
            refused, holes = set(program.refused(self.with_each(group))), {wrong.hole for wrong in group}
            if refused != holes:
                self.complain(f"{', '.join(wrong.name for wrong in group)} are refused in {sorted(refused) or 'no hole'}, not in {sorted(holes)}")
        print(f"  wrong solutions: {len(fitting)} of {len(all_wrong)} fit these variants; each fails what it should")

    def with_bodies(self, wrongs):
        """One program with all wrong bodies, each behind a condition, and the solution behind them."""
        def body(hole, indent, lines):
            out = []
            for wrong in wrongs:
                if wrong.hole == hole:
                    out += [f'if (cadena_lab_wrong("{wrong.name}")) {{', *wrong.body, "}"]
            return out + lines
        return includes(wrongs) + WRONG_CHOICE + source.fill(source.without_hints(self.text)[0], body)

    @staticmethod
    def in_different_holes(wrongs):
        """Groups with one body a hole: one program shows all of a group."""
        groups = []
        for wrong in wrongs:
            group = next((group for group in groups if all(other.hole != wrong.hole for other in group)), None)
            if group is None:
                groups.append(group := [])
            group.append(wrong)
        return groups

    def with_each(self, wrongs):
        """The solution with these bodies in their holes."""
        bodies = {wrong.hole: wrong.body for wrong in wrongs}
        return includes(wrongs) + source.fill(source.without_hints(self.text)[0], lambda hole, indent, lines: bodies.get(hole, lines))

    def hostile_kernels(self, program):
        """Hand-ins that try to get around the counters; see hostile_kernels.py."""
        first = self.lab.exercises[0]
        out = re.search(rf"\bvoid {first['function']}\(float\* (\w+)", self.text)
        starter = source.starter(self.text)
        begin = time.monotonic()
        for name, added in hostile_kernels.REFUSED.items():
            for text in (added, starter.replace("namespace lab {", f"{added}\nnamespace lab {{", 1)):  # without headers it is soon refused
                try:
                    program.refused(text)
                    reason = "not at all"
                except HandInError as error:
                    reason = str(error)
                if "a kernel hand-in" in reason:
                    break
            else:
                self.complain(f"the hostile hand-in '{name}' is not refused as one: {reason}")
        bodies = {name: body.replace("@OUT@", out.group(1)) for name, body in hostile_kernels.ENDED.items()}
        choice = "\n".join(f'if (cadena_lab_wrong("{name}")) {{ {body} }}' for name, body in bodies.items())
        text = WRONG_CHOICE + source.fill(self.text, lambda hole, indent, lines: [choice, *lines] if hole == first["id"] else lines)
        executable, _ = program.build(text, "hostile", dialect_is_checked=False)
        for name in bodies:
            verdict = program.run_test(executable, self.lab.tests[0] | {"limits": self.lab.limits | {"seconds": 2}}, {"CADENA_LAB_WRONG": name})
            if verdict["passed"]:
                self.complain(f"the hostile hand-in '{name}' passes {self.lab.tests[0]['id']}")
        print(f"  hostile kernels: {len(hostile_kernels.REFUSED)} refused, {len(bodies)} ended, {time.monotonic() - begin:.1f} s")

    def hostile(self, program):
        begin = time.monotonic()
        attack = (HERE / "hostile.h").read_text(encoding="utf-8")
        text = attack + source.fill(self.text, lambda hole, indent, lines: [
            f'{indent}hostile::attack("hole");', f'{indent}throw cadena::NotImplemented("Lab {hole}");'])
        try:
            executable, _ = program.build(text, "hostile", dialect_is_checked=False)
        except HandInError as error:
            raise LabError(f"the hostile hand-ins do not compile: {error}") from None
        target = program.work / "secret"
        marker = "the-expected-value-is-42"
        target.write_text(marker, encoding="utf-8")
        apart = sandbox.user_to_run_as() is not None or landlock.version() > 0
        test = self.lab.tests[0] | {"limits": self.lab.tests[0]["limits"] | {"seconds": 1, "wall_seconds": 2, "memory_mb": 1024}}
        names = ATTACKS.findall(attack)
        for name in names:
            limits = test["limits"] | ({"wall_seconds": 0.5} if name in WAITING else {})
            verdict = program.run_test(executable, test | {"limits": limits}, {"CADENA_LAB_ATTACK": name, "CADENA_LAB_TARGET": str(target)})
            if verdict["passed"]:
                self.complain(f"the hostile hand-in '{name}' passes {test['id']}")
            if verdict["seconds"] > 10:
                self.complain(f"the hostile hand-in '{name}' took {verdict['seconds']} s")
            if apart and (not target.is_file() or target.read_text(encoding="utf-8") != marker or marker in verdict["printed"]):
                self.complain(f"the hostile hand-in '{name}' read or changed a file of the grader")
                target.write_text(marker, encoding="utf-8")
        for what, line in (("the solution", f'#include "{self.lab.folder.resolve()}/{self.lab.source}"'),
                           ("a system file", '#include "/etc/passwd"'), ("an endless file", '#include "/dev/zero"')):
            try:
                program.build(line + "\n" + source.starter(self.text), "including")
                self.complain(f"a hand-in may include {what}")
            except HandInError:
                pass
        print(f"  hostile hand-ins: {', '.join(names)} gain nothing ({sandbox.describe()}), {time.monotonic() - begin:.1f} s")


def brief(verdict):
    return ", ".join(f"{key}: {verdict[key]}" for key in ("kind", "what", "expected", "got", "printed") if verdict[key])


def includes(wrongs):
    return "".join(f'#include "{name}"\n' for wrong in wrongs for name in wrong.includes)


def draws(lab):
    """Choices of variants that show every value at least once."""
    count = max([len(values) for values in lab.variants.values()], default=1)
    return [{name: values[i % len(values)] for name, values in lab.variants.items()} for i in range(count)]


def verify(folder, all_variants=False, quick=False):
    sandbox.guard_this_process()
    begin = time.monotonic()
    complaints = []
    for number, chosen in enumerate(draws(Lab(folder)) if all_variants else [None]):
        verification = Verification(folder, chosen)
        with tempfile.TemporaryDirectory(prefix="cadena-lab-") as work:
            try:
                verification.run(pathlib.Path(work), quick or number > 0, all_variants)
            except HandInError as error:
                verification.complain(str(error))
        complaints += verification.complaints
    print(f"  {len(complaints)} complaints, {time.monotonic() - begin:.1f} s")
    sys.stdout.flush()
    return 1 if complaints else 0
