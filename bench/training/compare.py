#!/usr/bin/env python3
"""Holds the losses of two reports of one training (gpt_training, peer.py) against each other, step by step.

  bench/training/compare.py REPORT REPORT [--losses TOLERANCE] [--norms TOLERANCE] [--json FILE] | --self-test

A step agrees where the losses differ by at most 1e-5 of their size and the norms of the gradients by 1e-3: in f32 both
programs round, in orders of their own, AdamW's first steps make much of small differences, and PyTorch sums the squares
of a norm in f32. In f64 they differ by at most 1e-10 and 1e-8. NaN never agrees. Ends with 1 where a step does not agree
or the reports are of different trainings."""
import argparse
import copy
import json
import math
import pathlib
import sys

SAME = ("dtype", "vocabulary", "context", "layers", "heads", "width", "batch", "learning_rate", "parameters")
READ = (*SAME, "program", "mode", "device", "losses", "gradient_norms")
TOLERANCES = {"f32": (1e-5, 1e-3), "f64": (1e-10, 1e-8)}


def read(path):
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"compare: {path} is no report: {error}")
    missing = set(READ) - set(report if isinstance(report, dict) else ())
    if missing:
        sys.exit(f"compare: {path} is no report: it lacks {', '.join(sorted(missing))}")
    return report


def different_trainings(a, b):
    """Why the two cannot be compared, or nothing."""
    for name in SAME:
        if a[name] != b[name]:
            return f"{name} differs: {a[name]} and {b[name]}"
    counts = {len(report[name]) for report in (a, b) for name in ("losses", "gradient_norms")}
    if len(counts) != 1 or counts == {0}:
        return f"numbers of steps: {sorted(counts)}"
    return None


def deviation(x, y):
    return 0 if x == y else abs(x - y) / abs(y) if y else math.inf


def compared(a, b, losses, norms):
    """A report of both curves; `agree` says whether every step did."""
    steps = []
    for pair, norm_pair in zip(zip(a["losses"], b["losses"]), zip(a["gradient_norms"], b["gradient_norms"])):
        of_loss, of_norm = deviation(*pair), deviation(*norm_pair)
        agrees = of_loss <= losses and of_norm <= norms  # false for NaN
        steps.append({"losses": pair, "loss_deviation": of_loss, "norms": norm_pair, "norm_deviation": of_norm, "agrees": agrees})
    return {"programs": [f"{r['program']}, {r['mode']}, {r['device']}" for r in (a, b)], **{name: a[name] for name in SAME},
            "tolerances": {"losses": losses, "norms": norms}, "steps": steps, "agree": all(step["agrees"] for step in steps)}


def show(result):
    print(f"{result['programs'][0]} against {result['programs'][1]}, {result['dtype']}")
    print("step       loss       loss   differ by       norm       norm   differ by")
    for i, step in enumerate(result["steps"]):
        (a, b), (c, d) = step["losses"], step["norms"]
        print(f"{i:4} {a:10.6f} {b:10.6f} {step['loss_deviation']:11.1e} {c:10.5g} {d:10.5g} {step['norm_deviation']:11.1e}"
              f"{'' if step['agrees'] else '  NO'}")
    tolerances = result["tolerances"]
    print(f"{'agree' if result['agree'] else 'DO NOT AGREE'}, at most {tolerances['losses']:g} and {tolerances['norms']:g} were allowed")


def self_test():
    """Two curves that agree, and each way in which they may not."""
    good = {name: 1 for name in SAME} | {"dtype": "f32", "program": "p", "mode": "m", "device": "d",
                                         "losses": [2.0, 1.0], "gradient_norms": [1.0, 3.0]}
    tolerances = TOLERANCES["f32"]

    def agree(**changes):
        other = copy.deepcopy(good) | changes
        return different_trainings(good, other) is None and compared(good, other, *tolerances)["agree"]

    for changes, expected in (({}, True), ({"losses": [2.0, 1.000005]}, True), ({"losses": [2.0, 1.0001]}, False),
                              ({"losses": [2.0, float("nan")]}, False), ({"gradient_norms": [1.0, 3.001]}, True),
                              ({"gradient_norms": [1.0, 3.01]}, False), ({"losses": [2.0]}, False), ({"losses": [0.0, 1.0]}, False),
                              ({"losses": [], "gradient_norms": []}, False), ({"dtype": "f64"}, False), ({"batch": 2}, False)):
        if agree(**changes) != expected:
            sys.exit(f"self-test: {changes} gave {not expected}")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=pathlib.Path, nargs=2)
    parser.add_argument("--losses", type=float)
    parser.add_argument("--norms", type=float)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    a, b = map(read, options.reports)
    reason = different_trainings(a, b)
    if reason:
        sys.exit(f"compare: these are different trainings: {reason}")
    if a["dtype"] not in TOLERANCES and None in (options.losses, options.norms):
        sys.exit(f"compare: there is no tolerance for {a['dtype']}; name --losses and --norms")
    usual = TOLERANCES.get(a["dtype"], (None, None))
    result = compared(a, b, usual[0] if options.losses is None else options.losses,
                      usual[1] if options.norms is None else options.norms)
    show(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if result["agree"] else 1)


if __name__ == "__main__":
    main()
