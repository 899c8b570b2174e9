#!/usr/bin/env python3
"""Cadena beside PyTorch on this machine's CPU, in one run: `./cadena bench --compare`.

Each case is measured by both in turn, several rounds, at 1 thread and at all; the table has the ratio of the medians
first: below 1, Cadena is faster. PyTorch is what the Python given by --peer has installed, in a process of its own; without
it only Cadena is measured. On a busy machine it says so and stops; with --anyway it then takes the processor time of one
thread, which others disturb less than they do the clock on the wall.

  --peer PYTHON     an interpreter that has PyTorch 2 or later
  --only REGEX      these cases          --rounds N    (7)         --seconds S   a case, a side and a round (0.3)
  --record          write bench/results/cpu-DATE.json, which the site shows
  --anyway          measure on a busy machine too; the record says so
  --bench PROGRAM   the benchmarks (given by ./cadena bench)       --self-test"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench" / "programme"))
import record  # noqa: E402  (the module beside, for the commit)

CHAINS = {"tensor_mul": 1000, "recorded_forward": 1000, "backward": 1000}  # ops in one call of these cases
BUSY = 0.15  # processors that others may use before a measurement means little
MICROSECONDS = {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}


def others_busy(seconds=1.0):
    """How many processors were at work while this process slept."""
    def ticks():
        user, nice, system, idle, iowait, *rest = map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:])
        return user + nice + system + sum(rest[:3])
    before = ticks()
    time.sleep(seconds)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds


def cpu_model():
    found = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return found[1] if found else platform.machine()


def microseconds(report, clock):
    """The time of a call in a report of Google Benchmark for one case, by one of its clocks, "real" or "cpu"."""
    rows = json.loads(report)["benchmarks"]
    if len(rows) != 1 or rows[0].get("error_occurred"):
        raise ValueError(f"expected one measurement, found {[row.get('name') for row in rows]}")
    return rows[0][f"{clock}_time"] * MICROSECONDS[rows[0]["time_unit"]]


class Cadena:
    def __init__(self, program):
        self.program = program

    def cases(self):
        listed = subprocess.run([self.program, "--benchmark_list_tests"], check=True, capture_output=True, text=True)
        return listed.stdout.split()

    def measure(self, name, threads, seconds, clock):
        run = subprocess.run([self.program, f"--benchmark_filter=^{re.escape(name)}$", f"--benchmark_min_time={seconds}",
                              "--benchmark_format=json"], check=True, capture_output=True, text=True,
                             env={**os.environ, "CADENA_NUM_THREADS": str(threads)})
        return microseconds(run.stdout, clock)


class Peer:
    def __init__(self, python):
        self.process = subprocess.Popen([python, ROOT / "bench" / "cpu_peer.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.version = self.process.stdout.readline().strip()
        if not self.version:
            sys.exit(f"bench: {python} has no PyTorch")

    def measure(self, name, threads, seconds, clock):
        print(name, threads, seconds, clock, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"bench: PyTorch failed at {name}")
        return float(answer)


def summary(name, threads, ours, theirs):
    """The row of a case: medians, and of the rounds' ratios the least and the largest."""
    calls = CHAINS.get(name, 1)
    row = {"name": name, "threads": threads, "cadena_us": statistics.median(ours) / calls, "ops": calls, "rounds": len(ours)}
    if theirs:
        ratios = [a / b for a, b in zip(ours, theirs)]
        row |= {"peer_us": statistics.median(theirs) / calls, "ratio": statistics.median(ours) / statistics.median(theirs),
                "least_ratio": min(ratios), "largest_ratio": max(ratios)}
    return row


def print_row(row):
    ratio = f"{row['ratio']:6.2f}  {row['least_ratio']:5.2f} to {row['largest_ratio']:5.2f}" if "ratio" in row else " " * 22
    peer = f"{row['peer_us']:12.3f}" if "peer_us" in row else ""
    print(f"{row['name']:22} {row['threads']:7} {ratio} {row['cadena_us']:12.3f} {peer}", flush=True)


def compare(cadena, peer, options, clock):
    cases = [name for name in cadena.cases() if re.search(options.only, name)]
    if not cases:
        sys.exit(f"bench: no case matches '{options.only}'; there are {', '.join(cadena.cases())}")
    rows = []
    print(f"{'case':22} {'threads':>7} {'ratio':>6}  {'in the rounds':14} {'Cadena us':>12} {'PyTorch us':>12}")
    for name in cases:
        for threads in [1] if clock == "cpu" or name in CHAINS else sorted({1, os.cpu_count()}):
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(cadena.measure(name, threads, options.seconds, clock))
                if peer:
                    theirs.append(peer.measure(name, threads, options.seconds, clock))
            rows.append(summary(name, threads, ours, theirs))
            print_row(rows[-1])
    return rows


def self_test():
    report = '{"benchmarks": [{"name": "matmul/64", "real_time": 2.5, "cpu_time": 0.5, "time_unit": "ms"}]}'
    if (microseconds(report, "real"), microseconds(report, "cpu")) != (2500, 500):
        sys.exit(f"self-test: {microseconds(report, 'real')} us of 2.5 ms, {microseconds(report, 'cpu')} us of 0.5 ms")
    row = summary("backward", 1, [3000.0, 1000.0, 2000.0], [4000.0, 4000.0, 1000.0])
    expected = {"cadena_us": 2.0, "peer_us": 4.0, "ratio": 0.5, "least_ratio": 0.25, "largest_ratio": 2.0, "rounds": 3, "ops": 1000}
    if {key: row[key] for key in expected} != expected:
        sys.exit(f"self-test: expected {expected}, found {row}")
    if "ratio" in summary("softmax", 2, [1.0], []):
        sys.exit("self-test: a ratio without a peer")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bench").glob("*_bench.cpp"))
    peer = (ROOT / "bench" / "cpu_peer.py").read_text(encoding="utf-8")
    for function, name in re.findall(r"BENCHMARK\((\w+)\)(?:->Name\(\"(\w+)\"\))?", sources):
        if f'"{(name or function).removesuffix("_backward")}"' not in peer:
            sys.exit(f"self-test: bench/cpu_peer.py has no case '{name or function}'")


def main():
    parser = argparse.ArgumentParser(prog="cadena bench --compare", usage="see ./cadena bench --compare --help", add_help=False)
    parser.add_argument("-h", "--help", action="store_true")
    for flag in ("--record", "--anyway", "--self-test", "--look-at-options"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--bench", default=ROOT / "build" / "bench" / "bin" / "cadena_bench")
    parser.add_argument("--peer")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3)
    options = parser.parse_args()
    if options.help:
        print(__doc__)
        return
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds take positive numbers")
    if options.look_at_options:  # the front door, before it builds
        return
    if options.self_test:
        self_test()
        return
    busy = others_busy()
    if busy > BUSY and not options.anyway:
        sys.exit(f"bench: other programs keep {busy:.1f} of {os.cpu_count()} processors busy, so nothing would be measured but them; "
                 "wait, or say --anyway")
    started = datetime.datetime.now(datetime.timezone.utc)
    peer = Peer(options.peer) if options.peer else None
    clock = "cpu" if busy > BUSY else "real"
    rows = compare(Cadena(options.bench), peer, options, clock)
    busy = max(busy, others_busy())
    about = {"kind": "cpu", "date": started.strftime("%Y-%m-%d %H:%M UTC"), "cpu": cpu_model(), "processors": os.cpu_count(),
             "busy": round(busy, 2), "clock": clock, "compiler": record.first_match(r"^(.*)", record.output_of("c++", "--version")),
             "peer": f"PyTorch {peer.version}" if peer else None, "commit": record.commit(),
             "command": "./cadena bench --compare" + (" --peer PYTHON" if peer else "") + f" --rounds {options.rounds} --seconds {options.seconds}"
             + (" --anyway" if options.anyway else ""),
             "rows": rows}
    if options.record:
        path = ROOT / "bench" / "results" / f"cpu-{started:%Y-%m-%d}.json"
        record.write(path, about)
        print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
