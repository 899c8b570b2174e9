#!/usr/bin/env python3
"""The records of bench/gpu_programme.sh.

  record.py folder DRY               the name of the folder for this device and day
  record.py machine FOLDER DRY       writes machine.data.json: device, driver, versions, commit, date
  record.py part FOLDER PART STATUS SECONDS
  record.py status FOLDER PART       how a part ended on these very sources, or nothing
  record.py list|table FOLDER PART…  prints one line a part
  record.py merge FOLDER PART…       writes results.json and table.md, and prints the table
  record.py commit                   the commit of the sources, and a hash of them where they differ from it
  record.py --self-test"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def output_of(*command):
    """What a command prints, or nothing where it is not there or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def first_match(pattern, text):
    found = re.search(pattern, text)
    return found.group(1) if found else None


def hash_of_sources(root):
    """A hash of every file below `root` but what builds and this programme write."""
    whole = hashlib.sha1()
    for folder, folders, names in os.walk(root):
        below = os.path.relpath(folder, root)
        folders[:] = sorted(name for name in folders if name not in (".git", "__pycache__")
                            and os.path.normpath(f"{below}/{name}") not in ("build", "out", "bench/results"))
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            whole.update(f"{below}/{name}\0".encode())
            whole.update(path.read_bytes() if path.is_file() else b"")
    return whole.hexdigest()[:12]


def commit():
    told = os.environ.get("CADENA_COMMIT") or output_of("git", "-C", str(ROOT), "rev-parse", "HEAD")
    if told and not output_of("git", "-C", str(ROOT), "status", "--porcelain", "--", ".", ":!bench/results"):
        return told
    return f"{told + '-changed' if told else 'sources'}-{hash_of_sources(ROOT)}"


def machine(dry):
    query = output_of("nvidia-smi", "--query-gpu=name,driver_version,memory.total,compute_cap", "--format=csv,noheader")
    name, driver, memory, capability = ([cell.strip() for cell in query.split("\n")[0].split(",")] + [None] * 4)[:4]
    nvcc = output_of("nvcc", "--version") or output_of("/usr/local/cuda/bin/nvcc", "--version")
    torch = output_of("python3", "-c", "import torch; print(torch.__version__, torch.backends.cudnn.version())")
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "device": "cuda:0 (emulated), a rehearsal" if dry else name or "unknown",
            "emulated": dry, "driver": None if dry else driver, "memory": None if dry else memory,
            "compute_capability": None if dry else capability, "nvcc": first_match(r"release (\S+),", nvcc),
            "pytorch_cudnn": torch or None, "compiler": first_match(r"^(.*)", output_of("c++", "--version")),
            "cmake": first_match(r"version (\S+)", output_of("cmake", "--version")), "commit": commit()}


def folder(dry):
    about = "rehearsal" if dry else re.sub(r"[^a-z0-9]+", "_", machine(False)["device"].lower()).strip("_")
    return datetime.date.today().isoformat() + "-" + about


def read(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write(path, value):
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)


def reason_in(log):
    """The last line that says why a part did not pass."""
    lines = [line.strip() for line in log.split("\n") if line.strip()]
    telling = [line for line in lines if re.search(r"unavailable:|not there yet|FAILED|[Ee]rror|WRONG|FAULT|fatal|OFF$", line)]
    return (telling or lines or [""])[-1][:300]


def record_part(results, part, status, seconds):
    record = {"part": part, "status": status, "seconds": int(seconds), "commit": commit()}
    if status != "passed":
        log = results / f"{part}.log"
        record["reason"] = reason_in(log.read_text(encoding="utf-8", errors="replace") if log.exists() else "")
    write(results / f"{part}.json", record)


def status_of(results, part):
    record = read(results / f"{part}.json") or {}
    return record["status"] if record.get("commit") == commit() else ""


def status_lines(results, parts):
    for part in parts:
        record = read(results / f"{part}.json") or {"status": "not run", "seconds": ""}
        yield part, record["status"], record["seconds"], record.get("reason", "")


def number(value, digits=4):
    return "" if value is None else f"{value:.{digits}g}"


def ladder_rows(ladder):
    yield f"\n### {ladder['ladder']}, size {ladder['size']}: {ladder['problem']}\n"
    for flight, speed in ladder["peer_speeds"].items():
        yield f"{ladder['peer']}, {flight}: {number(speed)} {ladder['unit']}\n"
    yield f"| step | | result | ms | {ladder['unit']} | % of {ladder['peer']} | expected |"
    yield "|---|---|---|---|---|---|---|"
    for step in ladder["steps"]:
        least, most = step["expected_percent"]
        yield (f"| {step['id']} | {step['title']} | {step['outcome']} | {number(step['ms'])} | {number(step['speed'])} | "
               f"{number(step['percent_of_peer'], 3)} | {least:g} to {most:g} |")


def peer_rows(peers):
    yield f"\n### PyTorch {peers['torch']} on {peers['device']}\n\n| operation | shape | mode | ms | speed |\n|---|---|---|---|---|"
    for row in peers["rows"]:
        yield f"| {row['operation']} | {row['shape']} | {row['mode']} | {number(row['ms'])} | {number(row['speed'])} {row['unit']} |"


def training_rows(reports):
    """Each report of a speed, beside PyTorch's; then whether the losses agree."""
    timed = [report for report in reports.values() if report.get("tokens_per_second")]
    if timed:
        about, eager = timed[0], [r for r in timed if r["program"].startswith("PyTorch") and r["mode"] == "eager"]
        yield (f"\n### Training of GPT-2, {about['parameters']} parameters, {about['dtype']}, {about['batch']} x {about['context']} tokens a step\n\n"
               "| program | mode | device | tokens/s | ms a step | peak memory, GiB | of PyTorch eager |\n|---|---|---|---|---|---|---|")
        for row in timed:
            ratio = f"{row['tokens_per_second'] / eager[0]['tokens_per_second']:.2f}" if eager else ""
            yield (f"| {row['program']} | {row['mode']} | {row['device']} | {row['tokens_per_second']:.0f} | {number(row['ms_per_step'])} | "
                   f"{number(row['peak_memory'] / 2**30, 3)} | {ratio} |")
    for curve in (report for report in reports.values() if "agree" in report):
        most = max(step["loss_deviation"] for step in curve["steps"])
        yield (f"\nLosses of {len(curve['steps'])} steps in {curve['dtype']}, {' against '.join(curve['programs'])}: "
               f"{'they agree' if curve['agree'] else '**they do not agree**'}; at most {most:.1e} apart, {curve['tolerances']['losses']:g} allowed.")


def ncu_rows(counted):
    yield "\n### Counted by the microscope, measured by Nsight Compute\n\n| step | kernel | what | counted | measured | |\n|---|---|---|---|---|---|"
    for step, rows in sorted(counted.items()):
        for row in rows:
            yield f"| {step} | {row['kernel']} | {row['what']} | {row['counted']:.0f} | {row['measured']:.0f} | {row['verdict']} |"


def table(about, data, statuses):
    yield f"# {about.get('device')}, {about.get('date')}\n"
    yield "\n".join(f"- {key.replace('_', ' ')}: {value}" for key, value in about.items() if key not in ("device", "date"))
    yield "\n| part | | seconds | |\n|---|---|---|---|"
    for part, status, seconds, reason in statuses:
        yield f"| {part} | {status} | {seconds} | {reason.replace('|', '/')} |"
    for name in sorted(name for name in data if name.startswith("ladder_")):
        yield from ladder_rows(data[name])
    if "peers" in data:
        yield from peer_rows(data["peers"])
    yield from training_rows({name: report for name, report in data.items() if name.startswith("training.")})
    counted = {name[4:]: rows for name, rows in data.items() if name.startswith("ncu.")}
    if counted:
        yield from ncu_rows(counted)


def merge(results, parts):
    data = {path.name[:-len(".data.json")]: read(path) for path in sorted(results.glob("*.data.json"))}
    data = {name: value for name, value in data.items() if value is not None}
    about = data.pop("machine", {"device": "unknown: the part `machine` has not run"})
    statuses = [row for row in status_lines(results, parts) if row[0] != "table"]
    write(results / "results.json", {"machine": about, "parts": [dict(zip(("part", "status", "seconds", "reason"), row)) for row in statuses],
                                     "data": data})
    text = "\n".join(table(about, data, statuses)) + "\n"
    (results / "table.md").write_text(text, encoding="utf-8")
    print(text)


def self_test():
    with tempfile.TemporaryDirectory() as name:
        results = pathlib.Path(name)
        (results / "memcheck.log").write_text("starts\nunavailable: it refuses\nbye\n")
        record_part(results, "memcheck", "unavailable", "3")
        record_part(results, "build", "passed", "12")
        write(results / "machine.data.json", {"device": "a GPU", "date": "today"})
        write(results / "ladder_gemm.64.data.json", {
            "ladder": "gemm", "size": 64, "problem": "C = A B", "peer": "cuBLAS", "peer_speeds": {"f32": 50.0}, "unit": "GFLOP/s",
            "steps": [{"id": "G1", "title": "naive", "outcome": "correct", "ms": 2.0, "speed": 1.0, "percent_of_peer": 2.0,
                       "expected_percent": [1, 2]}]})
        speed = {"parameters": 7, "dtype": "bf16", "batch": 2, "context": 16, "device": "a GPU", "ms_per_step": 2.0, "peak_memory": 2**30}
        write(results / "training.cadena.data.json", speed | {"program": "Cadena", "mode": "eager", "tokens_per_second": 300.0})
        write(results / "training.pytorch_eager.data.json", speed | {"program": "PyTorch 2", "mode": "eager", "tokens_per_second": 200.0})
        write(results / "training.curve.data.json", {"programs": ["ours", "theirs"], "dtype": "f32", "agree": False, "tolerances": {"losses": 1e-4},
                                                     "steps": [{"loss_deviation": 0.5}, {"loss_deviation": 0.25}]})
        (results / "torn.data.json").write_text("{")
        sys.stdout, shown = open(os.devnull, "w", encoding="utf-8"), sys.stdout
        merge(results, ["build", "memcheck", "ncu"])
        sys.stdout = shown
        text, whole = (results / "table.md").read_text(), read(results / "results.json")
        for expected in ("| build | passed | 12 |", "| memcheck | unavailable | 3 | unavailable: it refuses |",
                         "| ncu | not run |", "| Cadena | eager | a GPU | 300 | 2 | 1 | 1.50 |",
                         "ours against theirs: **they do not agree**; at most 5.0e-01 apart, 0.0001 allowed", "| G1 | naive | correct | 2 | 1 | 2 | 1 to 2 |", "# a GPU, today"):
            if expected not in text:
                sys.exit(f"self-test: no '{expected}' in:\n{text}")
        if (status_of(results, "build"), status_of(results, "ncu")) != ("passed", ""):
            sys.exit("self-test: how the parts ended is not known")
        write(results / "build.json", read(results / "build.json") | {"commit": "of other sources"})
        if status_of(results, "build"):
            sys.exit("self-test: what has passed on other sources counts")
        hashes = [hash_of_sources(results)]
        for name in ("new.h", "build/new.o"):
            (results / name).parent.mkdir(exist_ok=True)
            (results / name).write_text("1", encoding="utf-8")
            hashes.append(hash_of_sources(results))
        if hashes[0] == hashes[1] or hashes[1] != hashes[2]:
            sys.exit(f"self-test: hashes of sources: {hashes}")
        if set(whole["data"]) != {"ladder_gemm.64", "training.cadena", "training.pytorch_eager", "training.curve"}:
            sys.exit(f"self-test: data {sorted(whole['data'])}")


def main():
    command, *rest = sys.argv[1:] or ["--help"]
    if command == "--self-test":
        self_test()
    elif command == "folder":
        print(folder(rest[0] == "1"))
    elif command == "commit":
        print(commit())
    elif command == "machine":
        write(pathlib.Path(rest[0]) / "machine.data.json", machine(rest[1] == "1"))
    elif command == "part":
        record_part(pathlib.Path(rest[0]), *rest[1:])
    elif command == "status":
        print(status_of(pathlib.Path(rest[0]), rest[1]))
    elif command in ("list", "table"):
        for part, status, seconds, reason in status_lines(pathlib.Path(rest[0]), rest[1:]):
            print(f"{part:18} {status:12} {seconds:>5}  {reason}".rstrip())
    elif command == "merge":
        merge(pathlib.Path(rest[0]), rest[1:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
