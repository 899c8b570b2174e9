#!/usr/bin/env python3
"""PyTorch's side of gpt_training: the same network, first weights, tokens and optimizer, and the same report.

  bench/training/peer.py --load FOLDER [--mode eager|compiled|graph] [--device cuda] [--dtype bf16] [--json FILE]

FOLDER is what `gpt_training --save` left; sizes come from there, but for --heads. bf16 is autocast over f32 weights, as
PyTorch's users train; AdamW is the fused one. `graph` is torch.compile with CUDA graphs. Ends with 77 where there is no
PyTorch, or no GPU for --device cuda."""
import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import struct
import sys
import time


def read_safetensors(torch, path):
    """The tensors of a file by name: a length, a header in JSON, and the bytes it speaks of."""
    dtypes = {"F64": torch.float64, "F32": torch.float32, "I64": torch.int64}
    data = bytearray(path.read_bytes())
    length = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin = entry["data_offsets"][0]
        flat = torch.frombuffer(data, dtype=dtypes[entry["dtype"]], count=math.prod(entry["shape"]), offset=8 + length + begin)
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors


def sizes_of(weights):
    vocabulary, width = weights["token.weight"].shape
    layers = sum(name.endswith(".up.weight") for name in weights)
    return {"vocabulary": vocabulary, "context": weights["position.weight"].shape[0], "layers": layers, "width": width}


def optimizer_of(torch, model, options):
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.95), eps=1e-8, fused=True)


def train(torch, options):
    from gpt import GPT
    weights = read_safetensors(torch, options.load / "weights.safetensors")
    weights = {name: value for name, value in weights.items() if not name.endswith(".random")}  # the state of dropout
    sizes = sizes_of(weights) | {"heads": options.heads}
    model = GPT(**sizes)
    model.load_state_dict(weights)
    model.to(options.device, torch.float64 if options.dtype == "f64" else torch.float32)
    tokens = read_safetensors(torch, options.load / "tokens.safetensors")["tokens"].to(options.device)
    batches = [(rows[:, :-1].contiguous(), rows[:, 1:].contiguous()) for rows in tokens]
    optimizer = optimizer_of(torch, model, options)
    modes = {"eager": None, "compiled": "default", "graph": "reduce-overhead"}
    loss_of = torch.compile(model.loss, mode=modes[options.mode]) if modes[options.mode] else model.loss

    def step(batch):
        with torch.autocast(options.device, torch.bfloat16, enabled=options.dtype == "bf16"):
            loss = loss_of(*batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.detach().clone(), norm

    def finish():
        if options.device == "cuda":
            torch.cuda.synchronize()

    count = 0

    def one_more():
        nonlocal count
        result = step(batches[count % len(batches)])
        count += 1
        return result

    results = [one_more() for _ in range(options.steps)]
    losses, norms = [loss.item() for loss, _ in results], [norm.item() for _, norm in results]
    finish()
    seconds, begin = [], time.perf_counter()
    while len(seconds) < options.repetitions and (not seconds or time.perf_counter() - begin < options.seconds):
        start = time.perf_counter()
        for _ in range(options.steps_each):
            one_more()
        finish()
        seconds.append(time.perf_counter() - start)

    batch = tokens.shape[1]
    in_repetition = batch * sizes["context"] * options.steps_each
    if options.device == "cuda":  # what is taken from the device, context and all: PyTorch keeps what it once had
        rest, whole = torch.cuda.mem_get_info()
        device, memory = torch.cuda.get_device_name(0), whole - rest
    else:
        device, memory = "cpu", 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"program": f"PyTorch {torch.__version__}", "mode": options.mode,
            "device": device, "dtype": options.dtype, **sizes, "batch": batch,
            "learning_rate": options.learning_rate, "parameters": sum(p.numel() for p in model.parameters()),
            "peak_memory": memory,
            "tokens_per_second": in_repetition / statistics.median(seconds) if seconds else None,
            "ms_per_step": 1000 * statistics.median(seconds) / options.steps_each if seconds else None,
            "repetitions": [in_repetition / s for s in seconds], "losses": losses, "gradient_norms": norms}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", type=pathlib.Path, required=True)
    parser.add_argument("--mode", choices=("eager", "compiled", "graph"), default="eager")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--dtype", choices=("f32", "f64", "bf16"), default="f32")
    parser.add_argument("--heads", type=int, default=12)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--steps-each", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    for name in ("weights", "tokens"):
        if not (options.load / f"{name}.safetensors").is_file():
            parser.error(f"--load {options.load}: there is no {name}.safetensors; gpt_training --save leaves it")
    if options.json and (options.json.is_dir() or not os.access(options.json.resolve().parent, os.W_OK)):
        parser.error(f"--json {options.json}: cannot be written")  # now, not after the training
    try:
        import torch
    except ImportError:
        print("unavailable: PyTorch is not installed")
        sys.exit(77)
    if options.device == "cuda" and not torch.cuda.is_available():
        print("unavailable: PyTorch sees no GPU")
        sys.exit(77)
    report = json.dumps(train(torch, options), indent=1) + "\n"
    if options.json:
        options.json.write_text(report, encoding="utf-8")
    else:
        print(report, end="")


if __name__ == "__main__":
    main()
