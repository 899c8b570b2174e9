#!/usr/bin/python3
"""Recomputes the samples of the ops with PyTorch, NumPy and SciPy, and writes values/OP.json for reference_test.cpp.
Usage: make_ops.py [OP...] | --all     without arguments: the ops whose values are missing or stale
       --samples FILE                  takes the samples from FILE instead of building and running cadena_dump_samples
Needs Debian's python3-torch, python3-numpy and python3-scipy."""
import importlib
import inspect
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy
import scipy
import torch

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MADE_BY = f"PyTorch {torch.__version__}, NumPy {numpy.__version__}, SciPy {scipy.__version__}"
DTYPES = {"f32": torch.float32, "f64": torch.float64, "i64": torch.int64, "bool": torch.bool}
TOLERANCE = 1e-10


def functions():
    """Every public function of the modules in ops/, by its name, which is the op's."""
    sys.path.insert(0, str(HERE))
    found = {}
    for file in sorted((HERE / "ops").glob("*.py")):
        module = importlib.import_module("ops." + file.stem)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            name = name.rstrip("_")  # for ops named like a keyword or a builtin
            if name in found:
                sys.exit(f"make_ops: two functions for {name}, the second in ops/{file.name}")
            found[name] = function
    return found


def dump_samples():
    subprocess.run(["cmake", "--preset", "default"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "default", "--target", "cadena_dump_samples"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([ROOT / "build/default/bin/cadena_dump_samples", file.name], check=True)
        return json.loads(pathlib.Path(file.name).read_text(encoding="utf-8"))


def to_torch(x):
    return torch.tensor([float(v) if isinstance(v, str) else v for v in x["data"]],
                        dtype=DTYPES[x["dtype"]]).reshape(x["shape"])


def from_torch(y):
    def number(v):
        if isinstance(v, float) and not math.isfinite(v):
            if math.isnan(v):
                raise ValueError("the reference is NaN")
            return str(v)
        return v

    dtype = next(name for name, dtype in DTYPES.items() if dtype == y.dtype)
    data = y.detach().to(torch.int64) if dtype == "bool" else y.detach()
    return {"dtype": dtype, "shape": list(y.shape), "data": [number(v) for v in data.reshape(-1).tolist()]}


def keywords(label):
    """The host values of a sample: its label is Python, "axis=1, keep_dims=True #comment"."""
    names = {"dict": dict, "inf": math.inf, "nan": math.nan, "__builtins__": {}}
    return eval(f"dict({label}\n)", names)  # pylint: disable=eval-used


def recompute(function, sample):
    inputs = [to_torch(x) for x in sample["inputs"]]
    leaves = [x.requires_grad_() for x, active in zip(inputs, sample["active"]) if active]
    outputs = function(*inputs, **keywords(sample["label"]))
    outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    if len(outputs) != len(sample["cotangents"]):
        raise ValueError(f"{len(outputs)} outputs, the op has {len(sample['cotangents'])}")
    total = torch.zeros((), dtype=torch.float64)
    for y, cotangent in zip(outputs, sample["cotangents"]):
        if cotangent is not None:
            u = to_torch(cotangent)
            if y.shape != u.shape:
                raise ValueError(f"output has shape {tuple(y.shape)}, the op's {tuple(u.shape)}")
            total = total + (u * y).sum()
    flowing = iter(torch.autograd.grad(total, leaves, allow_unused=True) if total.requires_grad else [None] * len(leaves))
    gradients = []
    for x, active in zip(inputs, sample["active"]):
        if active:
            gradient = next(flowing)
            gradients.append(from_torch(torch.zeros_like(x) if gradient is None else gradient))
        else:
            gradients.append(None)
    return {"label": sample["label"], "inputs": sample["inputs"], "cotangents": sample["cotangents"],
            "outputs": [from_torch(y) for y in outputs], "gradients": gradients}


def write(path, op, function, samples):
    recomputed = []
    for sample in samples:
        try:
            recomputed.append(recompute(function, sample))
        except Exception as error:
            raise ValueError(f"{op}({sample['label']}): {error}") from error
    head = {"op": op, "made_by": MADE_BY, "tolerance": getattr(function, "tolerance", TOLERANCE)}
    if hasattr(function, "reason"):
        head["reason"] = function.reason
    lines = ",\n".join(json.dumps(sample, separators=(",", ":"), allow_nan=False) for sample in recomputed)
    path.write_text(json.dumps(head)[:-1] + ',\n"samples": [\n' + lines + "\n]}\n", encoding="utf-8")


def is_current(path, samples):
    if not path.is_file():
        return False
    recorded = json.loads(path.read_text(encoding="utf-8"))["samples"]

    def key(sample, active):
        return sample["label"], [x["dtype"] for x in sample["inputs"]], sample["cotangents"], active

    def close(a, b):
        return a["shape"] == b["shape"] and torch.allclose(to_torch(a), to_torch(b), rtol=1e-13, atol=1e-13)

    return (len(recorded) == len(samples)
            and all(key(r, [g is not None for g in r["gradients"]]) == key(s, s["active"])
                    and all(map(close, r["inputs"], s["inputs"])) for r, s in zip(recorded, samples)))


def main():
    arguments = sys.argv[1:]
    dump = None
    if "--samples" in arguments:
        at = arguments.index("--samples")
        dump = json.loads(pathlib.Path(arguments[at + 1]).read_text(encoding="utf-8"))
        del arguments[at:at + 2]
    dump = dump or dump_samples()
    known = functions()
    every = "--all" in arguments
    names = list(dump) if every else [a for a in arguments if not a.startswith("-")]
    unknown = [name for name in names if name not in dump]
    if unknown:
        sys.exit(f"make_ops: no op named {', '.join(unknown)}")
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    errors = []
    for op in names or dump:
        path = HERE / "values" / f"{op}.json"
        if not names and is_current(path, dump[op]):
            continue
        if op not in known:
            errors.append(f"{op} has no function in tests/reference/ops")
            continue
        try:
            write(path, op, known[op], dump[op])
            print(f"wrote {path.relative_to(ROOT)}")
        except ValueError as error:
            errors.append(str(error))
    for name in sorted(set(known) - set(dump)):
        print(f"note: ops/ has a function {name}, but there is no such op")
    if errors:
        sys.exit("\n".join("make_ops: " + error for error in errors))


if __name__ == "__main__":
    main()
