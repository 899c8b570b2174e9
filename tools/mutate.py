#!/usr/bin/env python3
"""Deep mutation test: changes one operator or constant of a rule or kernel at a time, rebuilds, and runs the tests.

Usage: ./cadena mutate [FILE...] [options]
  FILE              sources to change; by default the rules (autograd/*.cpp that define ops), the scalar formulas
                    (tensor/base/scalar*.h), the CPU kernels (tensor/cpu/*.cpp) and the CUDA kernels (cuda/kernels/*.cu)
  --limit N         a random sample of N mutants (default 40); 0 for all of them
  --seed S          which sample (default 1)
  --minutes M       stops starting new ones after M minutes; the same command goes on where it stopped
  --fresh           forgets what an interrupted run has found
  --survivors FILE  runs the survivors of an earlier record again
  --record FILE     where the record goes (default bench/results/mutation-DATE.json)
  --list            only lists what would be run

A mutant is killed if a test of the layer fails, crashes or hangs; it does not count if it does not compile, if the
programs come out byte for byte the same, or if tools/mutate_explained.json says why it cannot be told apart.
Exits with 1 if an unexplained mutant survives. Works on a copy under build/mutation; the sources stay untouched."""
import argparse
import collections
import datetime
import hashlib
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

from mutants import apply, mutants_of

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build/mutation"
TREE = WORK / "tree"
BUILD = TREE / "build/default"
STATE = WORK / "state.json"
EXPLAINED = ROOT / "tools/mutate_explained.json"
COPIED = ["tensor", "datasets", "autograd", "nn", "optim", "cuda", "labs", "tests", "cmake", "CMakeLists.txt",
          "CMakePresets.json", "cadena.h"]
LAYERS = {"tensor": ["tensor", "autograd", "optim"], "autograd": ["autograd"],
          "cuda": ["cuda"]}  # a file's folder, and what judges it
KERNELS = [("tensor/base", "scalar*.h"), ("tensor/cpu", "*.cpp"), ("cuda/kernels", "*.cu")]
MEMORY = 8 << 30  # bytes of addresses a test program may take; the emulated device reserves terabytes, and has a limit of its own


def default_files():
    rules = [f for f in (ROOT / "autograd").glob("*.cpp") if "static constexpr auto name =" in f.read_text("utf-8")]
    files = rules + [file for folder, names in KERNELS for file in (ROOT / folder).glob(names)]
    return sorted(file.relative_to(ROOT).as_posix() for file in files)


def copy_tree():
    """Brings the copy up to date; files that have not changed keep their times, so nothing is rebuilt for them."""
    wanted = set()
    for name in COPIED:
        top = ROOT / name
        for file in [top] if top.is_file() else [f for f in top.rglob("*") if f.is_file()]:
            relative = file.relative_to(ROOT)
            wanted.add(relative)
            copy = TREE / relative
            if not copy.is_file() or copy.read_bytes() != file.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
    for name in COPIED:
        for file in (TREE / name).rglob("*"):
            if file.is_file() and file.relative_to(TREE) not in wanted:
                file.unlink()


def fingerprint():
    """Changes with any source or test."""
    digest = hashlib.sha1()
    for name in COPIED:
        top = TREE / name
        for file in [top] if top.is_file() else sorted(f for f in top.rglob("*") if f.is_file()):
            digest.update(file.relative_to(TREE).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def run(command, limit=None, memory=None, **options):
    """(exit status or "timeout", output); the whole process group ends with it."""
    def limits():
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    process = subprocess.Popen(command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", start_new_session=True, preexec_fn=limits, **options)
    try:
        return finish(process, limit)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def finish(process, limit):
    try:
        output, _ = process.communicate(timeout=limit)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return "timeout", output


def build(layer):
    return run(["cmake", "--build", "--preset", "default", "--target", f"cadena_test_{layer}"], limit=900)


def program(layer):
    return BUILD / f"bin/cadena_test_{layer}"


def test(layer, limit):
    return run([program(layer), "--gtest_fail_fast", "--gtest_brief=1"], limit=limit,
               memory=None if layer == "cuda" else MEMORY)


def baseline(layers):
    """Builds the unchanged copy and runs its tests: seconds and a digest of the program for each layer."""
    found = {}
    status, output = run(["cmake", "--preset", "default", "-DCADENA_INSTALL=OFF", "-DCADENA_BUILD_EXAMPLES=OFF"])
    for layer in layers:
        if status == 0:
            status, output = build(layer)
        if status == 0:
            start = time.monotonic()
            status, output = test(layer, 600)
            seconds = time.monotonic() - start
        if status != 0:
            sys.exit(f"{output}\nmutate: the unchanged sources do not build or pass ({layer})")
        found[layer] = seconds, hashlib.sha1(program(layer).read_bytes()).hexdigest()
    return found


def judge(mutant, base):
    """(status, what told) of one mutant, whose change is already in the copy."""
    same = True
    for layer in LAYERS[mutant.file.split("/")[0]]:
        status, output = build(layer)
        if status != 0:
            return "uncompilable", ""
        seconds, digest = base[layer]
        if hashlib.sha1(program(layer).read_bytes()).hexdigest() == digest:
            continue
        same = False
        status, output = test(layer, 20 + 5 * seconds)
        if status == "timeout":
            return "killed", f"{layer}: hangs"
        if status != 0:
            failed = re.search(r"\[  FAILED  \] ([^\s,]+)", output)
            return "killed", failed[1] if failed else f"{layer}: ends with status {status}"
    return ("identical", "the programs are byte for byte the same") if same else ("survived", "")


def explanation(mutant, explained):
    for entry in explained:
        if (entry["file"], entry["line"]) == (mutant.file, mutant.original):
            if entry.get("mutant", mutant.mutated) == mutant.mutated:
                return entry["reason"]
    return None


def key(mutant):
    return f"{mutant.file}:{mutant.line}:{mutant.mutated}"


def sample(every, limit, seed):
    """Those with the least hashes, in this order: what an interrupted run saw is a sample, too, and a change of the
    sources exchanges about as many as it adds and removes, not all."""
    twins = collections.Counter()

    def number(mutant):
        text = f"{seed} {mutant.file} {mutant.original} {mutant.mutated}"
        twins[text] += 1
        return hashlib.sha1(f"{text} {twins[text]}".encode()).hexdigest()

    return [mutant for _, mutant in sorted(((number(mutant), mutant) for mutant in every))[:limit]]


def choose(options):
    names = [pathlib.Path(name).resolve() for name in options.files]
    for name in names:
        if not name.is_file():
            sys.exit(f"mutate: there is no file {name}")
        if ROOT not in name.parents or name.relative_to(ROOT).parts[0] not in LAYERS:
            sys.exit(f"mutate: {name} is no source below {' or '.join(LAYERS)}")
    files = [name.relative_to(ROOT).as_posix() for name in names] or default_files()
    every = [m for file in files for m in mutants_of(file, (ROOT / file).read_text("utf-8"))]
    chosen = every
    if options.survivors:
        record = json.loads(pathlib.Path(options.survivors).read_text("utf-8"))
        before = {(m["file"], m["line"], m["mutant"]) for m in record["mutants"] if m["status"] == "survived"}
        texts = {(file, mutated) for file, _, mutated in before}
        chosen = [m for m in every if (m.file, m.mutated) in texts]
    elif 0 < options.limit < len(every):
        chosen = sample(every, options.limit, options.seed)
    return every, chosen


def load_state(fresh):
    tree = fingerprint()
    if not fresh and STATE.is_file():
        state = json.loads(STATE.read_text("utf-8"))
        if state["tree"] == tree:
            return state
    return {"tree": tree, "results": {}}


def run_all(chosen, state, explained, minutes):
    base = baseline(sorted({layer for m in chosen for layer in LAYERS[m.file.split("/")[0]]}, reverse=True))
    start = time.monotonic()
    for number, mutant in enumerate(chosen, 1):
        if key(mutant) in state["results"]:
            continue
        if minutes and time.monotonic() - start > 60 * minutes:
            print(f"{minutes} minutes are over: {len(chosen) - number + 1} mutants left; the same command goes on")
            break
        began = time.monotonic()
        copy = TREE / mutant.file
        text = copy.read_text("utf-8")
        try:
            copy.write_text(apply(mutant, text), "utf-8")
            status, told = judge(mutant, base)
        finally:
            copy.write_text(text, "utf-8")
        if status == "survived" and explanation(mutant, explained):
            status, told = "explained", explanation(mutant, explained)
        state["results"][key(mutant)] = {"status": status, "told": told,
                                         "seconds": round(time.monotonic() - began, 1)}
        STATE.write_text(json.dumps(state), "utf-8")
        print(f"[{number}/{len(chosen)}] {status:12} {mutant.file}:{mutant.line}: {mutant.mutated}  {told}", flush=True)


def summary(every, chosen, state, options):
    ran = [(m, state["results"][key(m)]) for m in sorted(chosen) if key(m) in state["results"]]
    counts = collections.Counter(result["status"] for _, result in ran)
    counted = counts["killed"] + counts["survived"]
    compiler = run(["c++", "--version"])[1].split("\n")[0]
    return {
        "date": datetime.date.today().isoformat(), "machine": platform.machine(), "compiler": compiler,
        "possible": len(every), "ran": len(ran), "seed": options.seed, "limit": options.limit,
        "counts": dict(sorted(counts.items())),
        "score": round(100 * counts["killed"] / counted, 1) if counted else None,
        "mutants": [{"file": m.file, "line": m.line, "source": m.original, "mutant": m.mutated, **result}
                    for m, result in ran],
    }


def report(record):
    for mutant in record["mutants"]:
        if mutant["status"] == "survived":
            print(f"\nsurvived {mutant['file']}:{mutant['line']}\n  - {mutant['source']}\n  + {mutant['mutant']}")
    counts = ", ".join(f"{number} {status}" for status, number in record["counts"].items())
    killed, survived = (record["counts"].get(status, 0) for status in ("killed", "survived"))
    print(f"\n{record['ran']} of {record['possible']} possible mutants: {counts}")
    if killed + survived:
        print(f"deep mutation score: {killed}/{killed + survived} = {record['score']} %")


def self_test():
    """The copy holds every folder that the build adds, so that it can be configured."""
    text = (ROOT / "CMakeLists.txt").read_text("utf-8")
    folders = {name.split("/")[0] for pair in re.findall(r"FOLDER +([\w/]+)|add_subdirectory\(([\w/]+)\)", text)
               for name in pair if name}
    missing = folders - set(COPIED) - {"docs"}  # docs is added on demand
    if not folders or missing:
        sys.exit(f"self-test: CMakeLists.txt adds {sorted(folders)}; the copy lacks {sorted(missing)}")
    every = mutants_of("tensor/a.cpp", "int f(int a, int b) { return a + b * 2; }\nint g(int a) { return a - 1; }\n")
    longer = [m._replace(line=m.line + 1) for m in every] + mutants_of("tensor/b.cpp", "int h(int a) { return a * 3; }\n")
    three = sample(every, 3, 1)
    kept = [m for m in sample(longer, 3, 1) if m.file == "tensor/a.cpp"]
    if not every or [m.mutated for m in kept] != [m.mutated for m in three[:len(kept)]] or len(kept) == 0:
        sys.exit("self-test: a sample changes with lines that nothing touched")


def parse():
    parser = argparse.ArgumentParser(prog="cadena mutate", description=__doc__, usage=argparse.SUPPRESS,
                                     formatter_class=argparse.RawDescriptionHelpFormatter, add_help=True)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--limit", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--survivors")
    parser.add_argument("--record")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--self-test", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.limit < 0 or options.minutes < 0:
        parser.error("--limit and --minutes take numbers from 0 on")
    if options.survivors and not pathlib.Path(options.survivors).is_file():
        parser.error(f"--survivors: there is no file {options.survivors}")
    return options


def main():
    options = parse()
    if options.self_test:
        self_test()
        return
    every, chosen = choose(options)
    if options.list:
        for m in chosen:
            print(f"{m.file}:{m.line}: {m.mutated}")
        print(f"{len(chosen)} of {len(every)} possible mutants")
        return
    explained = json.loads(EXPLAINED.read_text("utf-8"))
    for entry in explained:
        lines = (ROOT / entry["file"]).read_text("utf-8").split("\n") if (ROOT / entry["file"]).is_file() else []
        if entry["line"] not in [line.strip() for line in lines]:
            print(f"note: tools/mutate_explained.json: {entry['file']} no longer has the line: {entry['line']}")
    copy_tree()
    state = load_state(options.fresh)
    try:
        run_all(chosen, state, explained, options.minutes)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on")
    record = summary(every, chosen, state, options)
    if not record["ran"]:
        sys.exit("mutate: no mutant ran, so nothing is recorded")
    path = pathlib.Path(options.record or ROOT / f"bench/results/mutation-{record['date']}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    report(record)
    print(f"recorded in {path}")
    sys.exit(1 if record["counts"].get("survived") else 0)


if __name__ == "__main__":
    main()
