"""Grades a hand-in: compiles it, looks at what it calls, and runs each test in two processes: the tests hold inputs and
expected values, the hand-in only answers calls."""
import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import lines
import report
import sandbox
import symbols
import toolchain
from errors import HandInError, LabError

GRACE = 2  # seconds that the tests' own computations may take beyond the hand-in's limit
MAX_SOURCE = 1 << 20
TESTS_MEMORY = 3 << 30  # addresses, of which few are used: what a hand-in sends must not eat the grader's memory
# How a test may end; another word came from the hand-in.
KINDS = {"passed", "wrong", "NotImplemented", "bad_alloc", "exception", "ended", "test"}


class Program:
    """The tests of a lab, compiled; with `tests`, a program that is there already (a release)."""

    def __init__(self, lab, chain, work, tests=None, calls=None, cache=None):
        self.lab, self.chain, self.work = lab, chain, pathlib.Path(work)
        chain.check_version(lab.needs)
        self.header = lab.resolved("lab.h")
        self.warnings = {}  # of the compiler about the hand-ins that were built, by the name of their program
        self.texts = {}  # of the hand-ins that were built, by the name of their program
        self.calls = pathlib.Path(calls) if calls else self.work / "calls.o"
        self.tests = pathlib.Path(tests) if tests else self.work / "lab_tests"
        if calls and tests:
            return
        texts = {"lab.h": self.header, "calls.cpp": lab.calls(), "lab_test.cpp": lab.resolved("lab_test.cpp")}
        if cache:  # a student checks often; the tests and the library seldom change
            stamps = [str(os.stat(path).st_mtime_ns) for path in chain.libraries if os.path.exists(path)]
            key = hashlib.sha256("\0".join([*texts.values(), chain.compiler, *stamps]).encode()).hexdigest()[:16]
            kept = pathlib.Path(cache) / key
            if not (kept / "lab_tests").is_file():
                kept.mkdir(parents=True, exist_ok=True)
                self.compile(texts)
                for path in (self.calls, self.tests):
                    shutil.copy(path, kept / f"{path.name}.{os.getpid()}.part")  # another check may run beside this one
                    os.replace(kept / f"{path.name}.{os.getpid()}.part", kept / path.name)
            self.calls, self.tests = kept / "calls.o", kept / "lab_tests"
        else:
            self.compile(texts)
        self.check_names()

    def compile(self, texts):
        sources = self.work / "sources"
        sources.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (sources / name).write_text(text, encoding="utf-8")
        self.chain.compile_trusted(sources / "calls.cpp", self.calls, kernels=self.lab.kernels)
        self.chain.compile_trusted(sources / "lab_test.cpp", self.work / "lab_test.o")
        self.chain.link_tests(self.work / "lab_test.o", self.tests)

    def link_static(self):
        """Links the tests for machines that lack this one's shared libraries, where that is possible."""
        self.chain.link_tests(self.work / "lab_test.o", self.tests, static=True)

    def check_names(self):
        listed = subprocess.run([self.tests, "--list"], capture_output=True, text=True, check=True).stdout.split()
        named = [test["id"] for e in self.lab.exercises for test in e["tests"]]
        if not set(named) <= set(listed) or (self.lab.is_original() and set(named) != set(listed)):
            raise LabError(f"{self.lab.folder}: tests in lab.json: {', '.join(sorted(named))}; in lab_test.cpp: "
                           + ", ".join(sorted(listed)))

    def refused(self, text, name="hand_in", dialect_is_checked=True, limits=None):
        """{exercise: why it scores nothing} of a hand-in, which is compiled. Throws HandInError."""
        object_file = self.work / f"{name}.o"
        self.warnings[name] = self.chain.compile_hand_in(text, self.header, object_file, limits or self.lab.limits, self.lab.kernels, dialect_is_checked)
        return symbols.forbidden_calls(object_file, self.lab.exercises, self.chain.library_names())

    def build(self, text, name="hand_in", dialect_is_checked=True, limits=None):
        """(program, {exercise: why it scores nothing}). Throws HandInError."""
        object_file, program = self.work / f"{name}.o", self.work / name
        self.texts[name] = text
        reasons = self.refused(text, name, dialect_is_checked, limits)
        self.chain.link_hand_in(object_file, self.calls, program, [e["function"] for e in self.lab.exercises], self.lab.kernels)
        return program, reasons

    def likely_cause(self, program, exercise):
        """What the compiler has warned of in this exercise's function, of a program that fails a test."""
        function = next(e["function"] for e in self.lab.exercises if e["id"] == exercise)
        return toolchain.likely_cause(self.warnings[pathlib.Path(program).name], function)

    def run_test(self, program, test, environment=None):
        """The verdict on one test: passed, kind, what, expected, got, printed, seconds."""
        limits = test["limits"]
        if self.lab.kernels:  # a kernel that hangs is stopped, and named, before the process is
            environment = {"CADENA_EMULATOR_TIMEOUT": str(limits["seconds"] / 2), "CADENA_EMULATOR_THREADS": "1",
                           "CADENA_EMULATOR_MEMORY": "0.25"} | (environment or {})
        with sandbox.scratch() as work:
            user = sandbox.user_to_run_as()
            if user is not None:
                os.chown(work, 0, user)  # nobody else passes through
                os.chmod(work, 0o710)
            box = pathlib.Path(work) / "box"
            box.mkdir()
            copy = pathlib.Path(work) / "program"
            os.chmod(program, 0o755)
            try:
                os.link(program, copy)
            except OSError:
                shutil.copy(program, copy)
            ours, theirs = socket.socketpair()
            with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as verdict:
                tests = subprocess.Popen(
                    [self.tests, test["id"], str(self.lab.seed)], stdin=subprocess.DEVNULL, stdout=verdict,
                    stderr=verdict, close_fds=False, preexec_fn=lambda: onto(ours.fileno()),
                    env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
                try:
                    process = sandbox.start([str(copy)], folder=str(box), limits=limits, user=user,
                                            readable=self.chain.library_folders, executable=[str(copy), *self.chain.loaders], output=printed,
                                            descriptors=(theirs.fileno(), theirs.fileno()), environment=environment)
                    ours.close()
                    theirs.close()
                    late = self.wait_for_tests(tests, process, limits)
                    end = sandbox.finish(process, keep=(tests.pid,))
                    try:
                        tests.wait(GRACE)
                    except subprocess.TimeoutExpired:
                        late = True
                finally:
                    tests.kill()
                    tests.wait()
                verdict.seek(0)
                printed.seek(0)
                result = self.read_verdict(verdict.read(1 << 20), end, late, limits)
                result["printed"] = printed.read(2000).decode("utf-8", "replace")
                if self.lab.kernels:
                    for words in ("what", "got"):
                        result[words] = lines.in_words(result[words], program, self.texts.get(pathlib.Path(program).name, ""))
                result["seconds"] = round(end.seconds, 3)
                return result

    @staticmethod
    def wait_for_tests(tests, process, limits):
        """Waits until the tests have their verdict or time is up; then the hand-in has had its chance."""
        try:
            tests.wait(sandbox.wall_seconds(limits))
            process.seconds = min(process.seconds, time.monotonic() - process.begin + 0.2)
            return False
        except subprocess.TimeoutExpired:
            return True

    @staticmethod
    def read_verdict(text, end, late, limits):
        try:
            result = json.loads(text.decode("utf-8", "replace"))
        except ValueError:
            said = text.decode("utf-8", "replace")[-300:].strip()
            result = {"passed": False, "kind": "test", "what": f"the tests themselves crashed on what came: {said}", "expected": "", "got": ""}
        if result["kind"] not in KINDS:
            result["kind"] = "exception"
        if late:
            result |= {"passed": False, "kind": "time",
                       "what": f"stopped after {sandbox.wall_seconds(limits):.3g} s without an answer: does it wait for something?"}
        elif result["kind"] == "ended":
            if end.timed_out:
                result |= {"kind": "time", "what": f"stopped after {limits['seconds']} s: an endless loop?"}
            elif end.status < 0:
                name = signal.Signals(-end.status).name if -end.status in list(signal.Signals) else -end.status
                crash = {"SIGSEGV": "it used memory that is not its own: an index beyond an array, a recursion without an end, or an array too large for the stack", "SIGABRT": "it was aborted: an uncaught exception or a failed assertion",
                         "SIGFPE": "an integer was divided by 0", "SIGKILL": "out of time or memory"}.get(name, "it crashed")
                result |= {"kind": "crash", "what": f"the program ended with {name}: {crash}"}
            elif end.status >= 0:
                result |= {"what": f"the program ended with status {end.status} before it gave an answer"}
        elif result["kind"] == "bad_alloc":
            result["what"] = f"it asked for more than the {limits['memory_mb']} MB there are"
        return result


def onto(fd):
    """Between fork and exec of the tests: the one socket becomes descriptors 3 and 4."""
    sandbox.give_way(500)
    resource.setrlimit(resource.RLIMIT_AS, (TESTS_MEMORY, TESTS_MEMORY))
    keep = os.dup(fd)
    os.dup2(keep, 3)
    os.dup2(keep, 4)


def nearest(folder, name):
    """The files `name` in the least depth below `folder` that has one; links are not followed."""
    level = [str(folder)]
    while level:
        found = [pathlib.Path(path, name) for path in level if os.path.lexists(f"{path}/{name}")]
        if found:
            return found
        level = [entry.path for path in level for entry in entries(path) if entry.is_dir(follow_symlinks=False)]
    return []


def entries(folder):
    """What stands in a folder, by name; nothing where that cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def refuse_missing(path):
    if not pathlib.Path(path).exists():
        raise LabError(f"there is no {path}")


def find_hand_in(path, name="lab.cpp"):
    """The text of the file `name`. Throws HandInError where there is none."""
    path = pathlib.Path(path)
    refuse_missing(path)
    files = [path] if path.is_file() else [path / name] if os.path.lexists(path / name) else nearest(path, name)
    if not files:
        raise HandInError(f"there is no {name} in it")
    if len(files) > 1:
        raise HandInError(f"there are {len(files)} files {name} in it, and which one counts is not to be seen: "
                          + report.printable(", ".join(os.path.relpath(file, path) for file in files[:5])))
    if files[0].is_symlink() or not files[0].is_file():
        raise HandInError(f"{name} is no plain file")
    if files[0].stat().st_size > MAX_SOURCE:
        raise HandInError(f"{name} is larger than {MAX_SOURCE >> 10} KiB")
    if b"\0" in files[0].read_bytes():
        raise HandInError(f"{name} is no text in UTF-8: save it so (an editor may have written UTF-16)")
    return files[0].read_text(encoding="utf-8", errors="replace")


def empty_result(lab):
    rows = [{"id": t["id"], "number": t["number"], "exercise": t["exercise"], "points": t["points"], "score": 0,
             "passed": False, "kind": "not run", "what": "this test has not run", "expected": "", "got": "",
             "printed": "", "cause": "", "seconds": 0, "hint": t["hint"], "visibility": t["visibility"], "tags": t["tags"]}
            for t in lab.tests]
    return {"lab": lab.name, "title": lab.title, "reason": "", "tests": rows, "max_score": lab.points(), "score": 0,
            "variants": lab.chosen, "seconds": 0, "isolation": sandbox.describe(), "cadena": ""}


def grade(program_of, lab, hand_in, save=lambda result: None, environment=None):
    """The result; `save` sees it before the first test, and after each. `program_of()` gives the lab's Program."""
    sandbox.guard_this_process()
    begin = time.monotonic()
    result = empty_result(lab)
    save(result)

    def settle():
        result["score"] = sum(row["score"] for row in result["tests"])
        result["seconds"] = round(time.monotonic() - begin, 2)
        save(result)

    def left():
        return begin + lab.limits["total_seconds"] - time.monotonic()

    try:
        text = find_hand_in(hand_in, lab.source)
        program = program_of()
        result["cadena"] = program.chain.version
        executable, reasons = program.build(text, limits=lab.limits | {"wall_seconds": left() / 2})
    except HandInError as error:
        result["reason"] = str(error)
        for row in result["tests"]:
            row |= {"kind": "not graded", "what": str(error)}
        settle()
        return result
    except LabError as error:
        result["reason"] = f"the grader itself failed, nothing was graded: {error}"
        settle()
        raise
    for test, row in zip(lab.tests, result["tests"]):
        if test["exercise"] in reasons:
            row |= {"kind": "forbidden", "what": reasons[test["exercise"]]}
        elif left() < 1:
            row |= {"kind": "time", "what": f"not run: the tests before it took all of the {lab.limits['total_seconds']} s there are"}
        else:
            wall = min(sandbox.wall_seconds(test["limits"]), left())
            row |= program.run_test(executable, test | {"limits": test["limits"] | {"wall_seconds": wall}}, environment)
            if row["kind"] in ("wrong", "crash", "ended", "exception"):
                row["cause"] = program.likely_cause(executable, test["exercise"])
            row["score"] = row["points"] if row["passed"] else 0
        settle()
    return result


def ready(lab, chain, here):
    """Whether a released autograder works on this machine: the starter compiles, answers, and scores nothing."""
    sandbox.guard_this_process()
    with tempfile.TemporaryDirectory(prefix="cadena-lab-") as work:
        program = Program(lab, chain, work, here / "lab" / "lab_tests", here / "lab" / "calls.o")
        try:
            executable, _ = program.build((here / "lab" / "starter.cpp").read_text(encoding="utf-8"))
        except HandInError as error:
            raise LabError(f"this machine cannot build hand-ins for this release: {error}") from None
        verdict = program.run_test(executable, lab.tests[0])
        if verdict["kind"] != "NotImplemented":
            raise LabError(f"this machine cannot run hand-ins for this release: {verdict['what']}")
    print(f"{lab.title}: ready")
