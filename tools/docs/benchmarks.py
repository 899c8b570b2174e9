#!/usr/bin/env python3
"""The page of benchmarks, from what is recorded under bench/results/. Usage: benchmarks.py [RESULTS] | --self-test

cpu-DATE.json comes from `./cadena bench --compare --record`, mutation-DATE.json from `./cadena mutate`, and a folder
DATE-DEVICE with results.json from bench/gpu_programme.sh."""
import json
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
NO_GPU = ("**No GPU has run Cadena yet.** Its kernels are proved under the emulator, counted by the microscope and compiled for "
          "GPUs; there is no time to show. `bench/gpu_programme.sh` on a machine with a GPU records all that is to be measured.")
CASES = {
    "tensor_mul": "product of two scalars, nothing recorded", "recorded_forward": "the same, recorded", "backward": "its way back",
    "matmul": "matrix product, square", "softmax": "softmax, 1024 × 1024", "softmax_backward": "its gradient",
    "layer_norm": "layer norm, 1024 × 768", "layer_norm_backward": "its gradients",
    "conv2d": "convolution 3 × 3, 16 × 32 × 28 × 28 to 64 channels", "conv2d_backward": "its gradients",
    "attention": "causal attention, 4 × 8 × 256 × 64", "attention_backward": "its gradients",
    "gpt_step": "training step of a GPT, 4 layers, width 128, 12 × 64 tokens"}


def read(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SystemExit(f"site: {path.name} is no record: {error}")


def time_of(us):
    """`us` microseconds in the unit that needs no zeros."""
    for unit, size in (("s", 1e6), ("ms", 1e3), ("µs", 1)):
        if us >= size:
            return f"{us / size:.3g} {unit}"
    return f"{1e3 * us:.3g} ns"


def case(name):
    kind, _, argument = name.partition("/")
    return CASES.get(kind, kind) + (f", {argument}" if argument else "")


def cpu_section(record):
    yield f"### {record['cpu']}, {record['date']} {{#bench_{record['date'][:10].replace('-', '_')}}}\n"
    others = "nothing else ran" if record["clock"] == "real" else (
        f"**others kept {record['busy']:.1f} processors busy**, so this is the processor time of one thread, not time on the wall")
    yield (f"{record['processors']} processors, {others}; {record['compiler']}; beside {record['peer'] or 'nothing'}. f32, chains of "
           f"scalars in f64. Command: `{record['command']}`, at commit `{record['commit'][:12]}`.\n")
    yield ("*Ratio*: time of Cadena over time of PyTorch, medians of the rounds; below 1, Cadena is faster. Both in turn, in one run. PyTorch "
           "is called from Python, as its users do. Scalars: time for an op.\n")
    yield "| case | threads | ratio | in the rounds | Cadena | PyTorch |\n|---|---:|---:|---|---:|---:|"
    for row in record["rows"]:
        ratio = (f"**{row['ratio']:.2f}** | {row['least_ratio']:.2f} to {row['largest_ratio']:.2f}" if "ratio" in row else " | ")
        peer = time_of(row["peer_us"]) if "peer_us" in row else ""
        yield f"| {case(row['name'])} | {row['threads']} | {ratio} | {time_of(row['cadena_us'])} | {peer} |"
    yield ""


def gpu_section(folder):
    table = (folder / "table.md").read_text(encoding="utf-8").split("\n")
    yield f"### {table[0].lstrip('# ')}\n"
    yield from (line.replace("### ", "#### ", 1) if line.startswith("### ") else line for line in table[1:])


def mutation_section(record):
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(record["counts"].items()))
    note = f". {record['note']}" if "note" in record else ""
    yield f"- {record['date']}, a sample of {record['ran']} of {record['possible']} changes: {counts}{note}"


def page(results):
    lines = ["# Benchmarks {#benchmarks}", "",
             "Times of this project's own benchmarks, each with its date, machine and command. What the *kernels* of the ladders cost is "
             "counted rather than timed: chapters 6 and 7, and `./cadena ladder`.", "", "## GPU {#bench_gpu}", ""]
    gpus = [path.parent for path in sorted(results.glob("*/results.json")) if not read(path)["machine"].get("emulated")]
    for folder in gpus:
        lines += gpu_section(folder)
    if not gpus:
        lines += [NO_GPU, ""]
    lines += ["To measure a machine of your own, also one without network and libraries: `bench/README.md`.", ""]
    lines += ["## CPU {#bench_cpu}", ""]
    cpus = sorted(results.glob("cpu-*.json"), reverse=True)
    for path in cpus:
        lines += cpu_section(read(path))
    if not cpus:
        lines += ["No machine has recorded times yet. On a quiet one, `./cadena bench --compare --peer PYTHON --record` does.", ""]
    mutations = [read(path) for path in sorted(results.glob("mutation-*.json"), reverse=True)]
    lines += ["## Mutation tests {#bench_mutation}", "",
              "Operators and constants of rules and kernels are changed one at a time: how many changes the tests notice (`./cadena mutate`).", ""]
    lines += [line for record in mutations for line in mutation_section(record)] or ["No record yet: `./cadena mutate` writes one."]
    lines.append("")
    return "\n".join(lines)


def self_test():
    with tempfile.TemporaryDirectory() as name:
        results = pathlib.Path(name)
        if not all(words in page(results) for words in (NO_GPU, "No machine has recorded", "No record yet")):
            sys.exit("self-test: an empty folder has to be called one")
        row = {"name": "matmul/64", "threads": 1, "ratio": 0.5, "least_ratio": 0.4, "largest_ratio": 0.61, "cadena_us": 1234.0, "peer_us": 0.25}
        record = {"cpu": "A CPU", "date": "2026-01-02 03:04 UTC", "processors": 2, "busy": 1.5, "clock": "cpu", "compiler": "c++ 12", "peer": "PyTorch 2",
                  "command": "./cadena bench", "commit": "0123456789abcdef", "rows": [row, {"name": "new", "threads": 2, "cadena_us": 3.0}]}
        (results / "cpu-2026-01-02.json").write_text(json.dumps(record), encoding="utf-8")
        mutation = {"date": "2026-02-03", "ran": 3, "possible": 9, "counts": {"killed": 2, "survived": 1}}
        (results / "mutation-2026-02-03.json").write_text(json.dumps(mutation), encoding="utf-8")
        (results / "2026-a_gpu").mkdir()
        (results / "2026-a_gpu" / "results.json").write_text('{"machine": {"emulated": true}}', encoding="utf-8")
        text = page(results)
        for expected in ("| matrix product, square, 64 | 1 | **0.50** | 0.40 to 0.61 | 1.23 ms | 250 ns |", "| new | 2 |  |  | 3 µs |  |",
                         "A CPU, 2026-01-02", "others kept 1.5 processors busy**, so this is the processor time", "`0123456789ab`", NO_GPU, "a sample of 3 of 9 changes: 2 killed, 1 survived"):
            if expected not in text:
                sys.exit(f"self-test: no '{expected}' in:\n{text}")
        (results / "2026-a_gpu" / "results.json").write_text('{"machine": {"emulated": false}}', encoding="utf-8")
        (results / "2026-a_gpu" / "table.md").write_text("# A GPU, today\n\n### gemm\n", encoding="utf-8")
        text = page(results)
        if NO_GPU in text or "### A GPU, today" not in text or "#### gemm" not in text:
            sys.exit(f"self-test: the GPU's table is not taken over:\n{text}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    else:
        print(page(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "bench" / "results"))
