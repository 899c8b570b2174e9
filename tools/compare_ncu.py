#!/usr/bin/env python3
"""Compares what the microscope counts with what Nsight Compute measures on a GPU.

  ./cadena microscope G3 --size 256 --json counted.json
  ncu --csv --page raw --metrics "$(tools/compare_ncu.py --metrics)" PROGRAM > measured.csv
  tools/compare_ncu.py counted.json measured.csv [--tolerance 0.02]

Kernels are matched by name; launches of one kernel are added on both sides. Ends with 1 where a number is off by more than
the tolerance. Usage also: compare_ncu.py --self-test"""
import argparse
import csv
import io
import json
import re
import sys


def counted_lines(kernel, memory, operation):
    return [line for line in kernel["memory"] if (line["memory"], line["operation"]) == (memory, operation)]


def total(field, memory, operation):
    return lambda kernel: sum(line.get(field, 0) for line in counted_lines(kernel, memory, operation))


# Counter of ncu: what it is, and how the microscope's JSON gives it.
COUNTERS = {
    "l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum": ("global load requests", total("requests", "global", "load")),
    "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum": ("global load sectors", total("sectors", "global", "load")),
    "l1tex__t_requests_pipe_lsu_mem_global_op_st.sum": ("global store requests", total("requests", "global", "store")),
    "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum": ("global store sectors", total("sectors", "global", "store")),
    "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum":
        ("shared load wavefronts", total("wavefronts", "shared", "load")),
    "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_st.sum":
        ("shared store wavefronts", total("wavefronts", "shared", "store")),
    "l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_ld.sum":
        ("shared load excess", total("excess_wavefronts", "shared", "load")),
    "l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_st.sum":
        ("shared store excess", total("excess_wavefronts", "shared", "store")),
}
ARITHMETIC = {
    "smsp__sass_thread_inst_executed_op_fadd_pred_on.sum": 1,
    "smsp__sass_thread_inst_executed_op_fmul_pred_on.sum": 1,
    "smsp__sass_thread_inst_executed_op_ffma_pred_on.sum": 2,
}


def short_name(name):
    """"gemm<32>" of "void cadena::<unnamed>::gemm<32>(int, const float *)", as the microscope says it."""
    name = re.sub(r"(<unnamed>|\(anonymous namespace\))::", "", name)
    depth, start = 0, 0
    for i, letter in enumerate(name):
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if depth > 0:
            continue
        if letter == "(":
            name = name[:i]
            break
        if letter in " :":
            start = i + 1
    # ncu writes (int)32 for template arguments.
    return re.sub(r"\((?:int|bool|unsigned int)\)", "", name[start:]).replace(" ", "")


def read_measured(text):
    """Kernel to its counters, summed over launches. ncu prints lines of its own before the table, and a row of units."""
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if "Kernel Name" in line), None)
    if first is None:
        sys.exit("compare_ncu: this is no output of ncu --csv --page raw: no column 'Kernel Name'")
    kernels = {}
    for row in csv.DictReader(io.StringIO("\n".join(lines[first:]))):
        if not row.get("ID"):
            continue
        sums = kernels.setdefault(short_name(row["Kernel Name"]), {})
        for counter in [*COUNTERS, *ARITHMETIC]:
            text = (row.get(counter) or "").replace(",", "")
            if re.fullmatch(r"[0-9.eE+]+", text):
                sums[counter] = sums.get(counter, 0) + float(text)
    return kernels


def compare(counted, measured, tolerance):
    """Rows (kernel, what, counted, measured, within tolerance)."""
    rows = []
    for kernel in counted["kernels"]:
        sums = measured.get(kernel["name"].replace(" ", ""))
        if sums is None:
            continue
        pairs = [(what, count(kernel), sums[counter]) for counter, (what, count) in COUNTERS.items() if counter in sums]
        if all(counter in sums for counter in ARITHMETIC):
            pairs.append(("f32 operations", kernel["f32"], sum(n * sums[c] for c, n in ARITHMETIC.items())))
        for what, ours, theirs in pairs:
            rows.append((kernel["name"], what, ours, theirs, abs(ours - theirs) <= tolerance * max(ours, theirs)))
    return rows


def pretend(counted):
    """The CSV that ncu would print if it measured exactly what was counted."""
    counters = [*COUNTERS, *ARITHMETIC]
    lines = [["ID", "Kernel Name", *counters], [""] * (2 + len(counters))]
    for i, kernel in enumerate(counted["kernels"]):
        values = [count(kernel) for _, count in COUNTERS.values()] + [kernel["f32"], 0, 0]
        lines.append([str(i), f"void {kernel['name']}(float *)", *map(str, values)])
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(lines)
    return out.getvalue()


def verdict(ours, theirs, good):
    return "equal" if ours == theirs else "close" if good else "OFF"


def self_test():
    counted = {"kernels": [{"name": "gemm<32, 1>", "f32": 30, "memory": [
        {"memory": "global", "operation": "load", "requests": 8, "sectors": 256},
        {"memory": "global", "operation": "load", "requests": 8, "sectors": 8},
        {"memory": "shared", "operation": "load", "wavefronts": 64, "excess_wavefronts": 62}]}]}
    names = ["ID", "Kernel Name", "l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum",
             "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum",
             *ARITHMETIC]
    def quoted(row):
        return ",".join(f'"{cell}"' for cell in row)

    text = "\n".join(["==PROF== Connected", quoted(names), quoted([""] * 2 + ["request", "sector", ""] + ["inst"] * 3),
                      quoted(["0", "void a::<unnamed>::gemm<(int)32, (bool)1>(float *)", "8", "1,264", "64", "6", "0", "12"]),
                      quoted(["1", "void a::<unnamed>::gemm<(int)32, (bool)1>(float *)", "8", "0", "0", "0", "0", "0"])])
    rows = {what: (ours, theirs, good) for _, what, ours, theirs, good in compare(counted, read_measured(text), 0.02)}
    expected = {"global load requests": (16, 16.0, True), "global load sectors": (264, 1264.0, False),
                "shared load wavefronts": (64, 64.0, True), "f32 operations": (30, 30.0, True)}
    if rows != expected:
        sys.exit(f"self-test: expected {expected}, found {rows}")
    back = compare(counted, read_measured(pretend(counted)), 0)
    if len(back) != 1 + len(COUNTERS) or not all(good for *_, good in back):
        sys.exit(f"self-test: what --pretend prints is read back as {back}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counted", nargs="?", help="JSON of cadena microscope")
    parser.add_argument("measured", nargs="?", help="CSV of ncu --csv --page raw")
    parser.add_argument("--tolerance", type=float, default=0.02)
    parser.add_argument("--metrics", action="store_true", help="print the counters to ask ncu for")
    parser.add_argument("--json", help="also write the rows to this file")
    parser.add_argument("--pretend", metavar="COUNTED", help="print what ncu would print if it measured what was counted")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        self_test()
        return
    if options.metrics:
        print(",".join([*COUNTERS, *ARITHMETIC]))
        return
    if options.pretend:
        with open(options.pretend, encoding="utf-8") as file:
            print(pretend(json.load(file)), end="")
        return
    if options.measured is None:
        parser.error("counted and measured are both needed")
    with open(options.counted, encoding="utf-8") as file:
        counted = json.load(file)
    with open(options.measured, encoding="utf-8") as file:
        measured = read_measured(file.read())
    rows = compare(counted, measured, options.tolerance)
    if not rows:
        sys.exit(f"compare_ncu: no kernel in common; counted {[k['name'] for k in counted['kernels']]}, "
                 f"measured {sorted(measured)}")
    for name, what, ours, theirs, good in rows:
        print(f"{name:32} {what:24} {ours:14.0f} {theirs:14.0f}  {verdict(ours, theirs, good)}")
    if options.json:
        keys = ("kernel", "what", "counted", "measured", "verdict")
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump([dict(zip(keys, (*row[:4], verdict(*row[2:])))) for row in rows], file, indent=1)
    sys.exit(0 if all(row[4] for row in rows) else 1)


if __name__ == "__main__":
    main()
