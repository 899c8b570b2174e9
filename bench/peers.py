#!/usr/bin/env python3
"""How fast PyTorch does what the ladders do: eager, and compiled by torch.compile.

  bench/peers.py [--only softmax,attention] [--json FILE] [--dry-run]

Times are medians by CUDA events, after warm-up, with the L2 cache overwritten before each run. Ends with 77 where there is
no PyTorch or no GPU. --dry-run: the CPU and tiny sizes, to see that the script works; its numbers mean nothing."""
import argparse
import json
import statistics
import sys
import time

WARM_UPS, REPETITIONS, MOST_SECONDS = 5, 50, 2.0


class Clock:
    """Milliseconds of a function: the median of several runs."""

    def __init__(self, torch, device):
        self.torch, self.on_gpu = torch, device == "cuda"
        if self.on_gpu:
            cache = torch.cuda.get_device_properties(0).L2_cache_size
            self.flush = torch.empty(2 * cache, dtype=torch.int8, device=device)

    def once(self, run):
        if not self.on_gpu:
            begin = time.perf_counter()
            run()
            return 1000 * (time.perf_counter() - begin)
        start, stop = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
        self.flush.zero_()
        start.record()
        run()
        stop.record()
        stop.synchronize()
        return start.elapsed_time(stop)

    def median(self, run):
        for _ in range(WARM_UPS):
            run()
        if self.on_gpu:
            self.torch.cuda.synchronize()
        times, begin = [], time.perf_counter()
        while len(times) < REPETITIONS and (len(times) < 5 or time.perf_counter() - begin < MOST_SECONDS):
            times.append(self.once(run))
        return statistics.median(times)


# Those that PyTorch chooses from for its scaled_dot_product_attention.
BACKENDS = {"flash": "FLASH_ATTENTION", "cudnn": "CUDNN_ATTENTION", "efficient": "EFFICIENT_ATTENTION"}


def backward_of(torch, forward, inputs):
    """A function that computes the gradients of forward(*inputs) for one fixed cotangent, without the forward."""
    leaves = [x for x in inputs if x.requires_grad]
    out = forward(*inputs)
    cotangent = torch.randn_like(out)
    return lambda: torch.autograd.grad(out, leaves, cotangent, retain_graph=True)


def cases(torch, device, tiny):
    """(operation, shape, mode, function, arguments, bytes or None, FLOP or None). Without a mode: eager, and compiled
    where PyTorch's compiler has something to write; without a function the argument itself is what runs."""
    F = torch.nn.functional
    rows, columns = (8, 64) if tiny else (16384, 4096)

    def random(*shape, dtype=torch.float32, grad=False):
        return torch.randn(*shape, device=device, dtype=dtype).requires_grad_(grad)

    for dtype, short in ((torch.float32, "f32"), (torch.bfloat16, "bf16")):
        size = torch.finfo(dtype).bits // 8
        shape = f"{rows} x {columns} {short}"
        both = 2 * rows * columns * size
        x = random(rows, columns, dtype=dtype, grad=True)
        w, b = random(columns, dtype=dtype, grad=True), random(columns, dtype=dtype, grad=True)
        still = [t.detach() for t in (x, w, b)]
        yield "copy", shape, None, lambda t: t.clone(), [still[0]], both, None
        yield "transpose", shape, None, lambda t: t.t().contiguous(), [still[0]], both, None
        yield "sum", shape, None, lambda t: t.sum(), [still[0]], both / 2, None
        yield "softmax", shape, None, lambda t: F.softmax(t, -1), [still[0]], both, None
        norm = lambda t, w, b: F.layer_norm(t, (columns,), w, b)
        yield "layer_norm", shape, None, norm, still, both, None
        yield "layer_norm backward", shape, "eager", None, lambda x=(x, w, b): backward_of(torch, norm, x), both * 1.5, None
        yield "bias_gelu", shape, None, lambda t, b: F.gelu(t + b, approximate="tanh"), [still[0], still[2]], both, None

    for n in (64,) if tiny else (4096, 8192):
        for dtype, short in ((torch.float32, "f32"), (torch.bfloat16, "bf16")):
            yield "matmul", f"{n} {short}", "eager", torch.matmul, [random(n, n, dtype=dtype), random(n, n, dtype=dtype)], None, 2 * n**3

    for d in (64,) if tiny else (64, 128):
        for tokens in (32,) if tiny else (512, 2048, 4096, 16384):
            for causal in (False, True):
                heads, batch = (2, 1) if tiny else (2048 // d, max(1, 16384 // tokens))
                q, k, v = (random(batch, heads, tokens, d, dtype=torch.bfloat16, grad=True) for _ in range(3))
                flop = 4 * batch * heads * tokens**2 * d * (0.5 if causal else 1)
                shape = f"{batch} x {heads} x {tokens} x {d} bf16{' causal' if causal else ''}"
                still = [t.detach() for t in (q, k, v)]
                for mode, backend in BACKENDS.items():
                    attention = attention_by(torch, backend, causal)
                    yield "attention", shape, mode, attention, still, None, flop
                    yield ("attention backward", shape, mode, None,
                           lambda f=attention, x=(q, k, v): backward_of(torch, f, x), None, 2.5 * flop)


def attention_by(torch, backend, causal):
    """Scaled dot product attention by one of PyTorch's kernels, which raises where that is not to be had."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    def attention(q, k, v):
        with sdpa_kernel(getattr(SDPBackend, backend)):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)

    return attention


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="operations, for example softmax,attention")
    parser.add_argument("--json")
    parser.add_argument("--dry-run", action="store_true")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("unavailable: PyTorch is not installed")
        sys.exit(77)
    if not torch.cuda.is_available() and not options.dry_run:
        print("unavailable: PyTorch sees no GPU")
        sys.exit(77)
    device = "cpu" if options.dry_run else "cuda"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(1)
    clock, rows, failed = Clock(torch, device), [], 0
    wanted = [name for name in options.only.split(",") if name]
    for operation, shape, mode, function, arguments, moved, flop in cases(torch, device, options.dry_run):
        if wanted and operation not in wanted:
            continue
        prepare = {mode or "eager": arguments if function is None else lambda: lambda: function(*arguments)}
        if mode is None and not options.dry_run:
            prepare["compiled"] = lambda: lambda compiled=torch.compile(function, dynamic=False): compiled(*arguments)
        for mode, make in prepare.items():
            try:
                with torch.set_grad_enabled(function is None):
                    ms = clock.median(make())
            except Exception as error:  # a backend that is missing must not end the programme
                print(f"{operation:20} {shape:34} {mode:9} not to be had: {str(error).splitlines()[0][:120]}")
                failed += mode not in BACKENDS
                continue
            speed, unit = (flop / ms * 1e-9, "TFLOP/s") if flop else (moved / ms * 1e-6, "GB/s")
            rows.append({"operation": operation, "shape": shape, "mode": mode, "ms": ms, "speed": speed, "unit": unit})
            print(f"{operation:20} {shape:34} {mode:9} {ms:9.4f} ms {speed:9.4g} {unit}", flush=True)
    if options.json:
        about = "cpu, a rehearsal" if options.dry_run else torch.cuda.get_device_name(0)
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"torch": torch.__version__, "device": about, "rows": rows, "failed": failed}, file, indent=1)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
