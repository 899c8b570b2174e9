#!/usr/bin/env python3
"""Makes every mistake of mistakes.py in a copy of its step, compiles it as the build compiles the step, and runs the step's
tests: what comes of it must be what the table says, and the chapters' tables must say the same.
Usage: left_out_test.py BUILD_FOLDER [WORD...] (of some steps or names alone) | --tables (which needs no build)"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import mistakes
from mistakes import MISTAKES, NOTHING, STEPS, WRONG, Mistake

ROOT = pathlib.Path(__file__).resolve().parents[3]
SEEDS = range(4)  # in which nothing is found where nothing is to be found


def mutated(mistake):
    """The step's source with the mistake."""
    source = STEPS[mistake.step][0]
    text = (ROOT / source).read_text(encoding="utf-8")
    for old, new in mistake.edits:
        if text.count(old) != 1:
            raise LookupError(f"{source} has {text.count(old)} times, not once, the text to be replaced: {old!r}")
        text = text.replace(old, new)
    return text


class Build:
    """Compiles and links as in a build folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.commands = json.loads((self.folder / "compile_commands.json").read_text(encoding="utf-8"))

    def run(self, words):
        done = subprocess.run(words, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(words)}:\n{done.stdout}")
        return done.stdout

    def compile(self, source, library, copy):
        command = next(each["command"] for each in self.commands
                       if each["file"] == str(ROOT / source) and f"/{library}.dir/" in each["command"])
        words, made = shlex.split(command), copy.with_suffix(".o")
        words[words.index("-o") + 1], words[words.index("-c") + 1] = str(made), str(copy)
        self.run(words + ["-w"])  # what a mistake leaves unused is no news
        return made

    def link(self, name, objects, step):
        """The program `name` of those of its objects that `objects` matches and, before its libraries, of the step."""
        link = shlex.split(self.run(["ninja", "-t", "commands", "-s", f"bin/{name}"]).split("&&")[1])
        words = [word for word in link if not word.endswith(".o") or re.search(objects, word)]
        at, program = words.index("-o"), step.with_name(name)
        words[at:at + 2] = [str(step), "-o", str(program)]
        self.run(words)
        return program

    def program(self, mistake, folder):
        """What looks at a step with a mistake: a command."""
        copy = folder / pathlib.Path(STEPS[mistake.step][0]).name
        copy.write_text(mutated(mistake), encoding="utf-8")
        if mistake.microscope:
            made = self.compile(STEPS[mistake.step][0], "cadena_ladder_kernels_microscope", copy)
            return [self.link("cadena_microscope_ladder", r"/ladder\.cpp\.o$", made), mistake.step]
        made = self.compile(STEPS[mistake.step][0], "cadena_emulated", copy)
        program = self.link("cadena_test_cuda", r"/tests/cuda/ladder/(gemm|attention)_test\.cpp\.o$", made)
        return [program, f"--gtest_filter=*/{mistake.step}", "--gtest_fail_fast", "--gtest_brief=1"]


def what_comes(command, seed):
    """The first thing that goes wrong, in words."""
    environment = dict(os.environ, CADENA_EMULATOR_SEED=str(seed), CADENA_EMULATOR_THREADS="1", CADENA_EMULATOR_TIMEOUT="60")
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    first = re.search(r'of its bound|exception with description "([^"]*)', done.stdout)
    race = re.search(r"Findings:\n(.*?) at \S+:\d+:\d+.*?the other access at \S+:\d+:\d+", done.stdout, re.DOTALL)
    passed = re.search(r"\[  PASSED  \] [1-9]\d* tests?\.|Findings: none\.", done.stdout)
    if done.returncode == 0 and passed and not first and not race:
        return NOTHING
    if done.returncode == 1 and first:
        return first[1] or WRONG
    if done.returncode == 3 and race:
        return race[1]
    return f"exit code {done.returncode}: {done.stdout[-2000:]}"


def expected(mistake):
    """{seed: what comes of it}"""
    if isinstance(mistake.comes, dict):
        return {0: NOTHING} | mistake.comes
    return {seed: NOTHING for seed in SEEDS} if mistake.comes == NOTHING else {0: mistake.comes}


def complaint(build, mistake):
    """What is not as the table says, or nothing."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            command = build.program(mistake, pathlib.Path(folder))
            for seed, words in expected(mistake).items():
                got = what_comes(command, seed)
                if words != got if words in (NOTHING, WRONG) else words not in got:
                    return f"under the seed {seed} expected: {words}\ngot: {got}"
    except (LookupError, RuntimeError) as error:
        return str(error)
    return ""


def rows(chapter):
    """{(step, mistake): what comes of it}, in the order of a chapter's tables."""
    text = (ROOT / "tutorials" / chapter / "README.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\| step \| mistake \| what comes of it \|\n\|[-|]*\n((?:\|.*\n)+)", text, re.MULTILINE)
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for table in tables for line in table.splitlines()]
    return {(step, name): comes for step, name, comes in cells}


def is_short_for(quoted, words):
    return words.startswith(quoted[:-2]) if quoted.endswith(" …") else words == quoted


def complaints_of_tables():
    """Where the pages, the table of mistakes and the steps do not agree."""
    for chapter in sorted({chapter for _, chapter in STEPS.values()}):
        ours = {(each.step, each.name): each for each in MISTAKES if STEPS[each.step][1] == chapter}
        theirs = rows(chapter)
        yield from (f"{chapter}: not in mistakes.py: {row}" for row in theirs.keys() - ours.keys())
        yield from (f"{chapter}: not in the page: {row}" for row in ours.keys() - theirs.keys())
        said = []
        for row, cell in theirs.items():
            if row not in ours:
                continue
            comes = ours[row].comes
            words = list(comes.values()) if isinstance(comes, dict) else [comes]
            if not cell.startswith("the same"):
                said = re.findall(r'"([^"]*)"', cell) + [each for each in (WRONG, NOTHING) if each in cell]
            agree = all(any(is_short_for(each, word) for word in words) for each in said)
            if not agree or len(said) != len(words) or ("under a seed" in cell) != isinstance(comes, dict):
                yield f"{chapter}: {row}: the page says {cell}, mistakes.py {comes}"
    for each in MISTAKES:
        try:
            mutated(each)
        except LookupError as error:
            yield str(error)


def main():
    wrong = list(complaints_of_tables())
    if sys.argv[1:] != ["--tables"]:
        build, chosen = Build(sys.argv[1]), [each for each in MISTAKES
                                             if not sys.argv[2:] or set(sys.argv[2:]) & {each.step, *each.name.split()}]
        kinds = {(each.step, each.microscope) for each in chosen}
        chosen += [Mistake(step, "no mistake", [], NOTHING, microscope) for step, microscope in sorted(kinds)]
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            for mistake, found in zip(chosen, pool.map(lambda each: complaint(build, each), chosen)):
                print(f"{mistake.step}: {mistake.name}: {'FAILED' if found else 'ok'}", flush=True)
                if found:
                    wrong.append(f"{mistake.step}: {mistake.name}: {found}")
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
