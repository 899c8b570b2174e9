#!/usr/bin/env python3
"""PyTorch's side of bench/compare.py, on the CPU: the same work under the same names as in bench/*_bench.cpp.

Says its version, then reads lines "NAME THREADS SECONDS CLOCK" and answers each with the mean microseconds of a call, by the
clock on the wall (real) or the processor time of this process (cpu), measured for at least SECONDS. For PyTorch from 2.0 on."""
import sys
import time

OPS = 1000  # of the chains in bench/autograd_bench.cpp


def backward_of(torch, y, inputs):
    cotangent = torch.randn_like(y)
    return lambda: torch.autograd.grad(y, inputs, cotangent, retain_graph=True)


def chain(x, c):
    y = x
    for _ in range(OPS):
        y = y * c
    return y


def training_step(torch):
    from training.gpt import GPT
    model = GPT(vocabulary=65, context=64, layers=4, heads=4, width=128)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    tokens, following = torch.randint(0, 65, (12, 64)), torch.randint(0, 65, (12, 64))

    def step():
        loss = model.loss(tokens, following)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def case(torch, name):
    """What is called, and whether it records a graph that is freed outside of the time."""
    F = torch.nn.functional

    def random(*shape, grad=False):
        return torch.randn(*shape).requires_grad_(grad)

    kind, _, argument = name.partition("/")
    if kind == "matmul":
        n = int(argument)
        a, b = random(n, n), random(n, n)
        return lambda: torch.matmul(a, b)
    scalar, leaf = torch.tensor(1.0, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    if kind == "tensor_mul":
        return lambda: chain(scalar, scalar)
    if kind == "recorded_forward":
        return lambda: chain(leaf, scalar)
    if kind == "backward":
        y = chain(leaf, scalar)
        return lambda: torch.autograd.grad(y, leaf, retain_graph=True)
    if kind == "gpt_step":
        return training_step(torch)
    back = kind.endswith("_backward")
    norm = [random(1024, 768, grad=back), random(768, grad=back), random(768, grad=back)]
    channels = [random(16, 64, 28, 28, grad=back), random(64, grad=back), random(64, grad=back)]
    image = [random(16, 32, 28, 28, grad=back), random(64, 32, 3, 3, grad=back)]
    heads = [random(4, 8, 256, 64, grad=back) for _ in range(3)]
    wide = [random(1024, 1024, grad=back)]
    function, inputs = {
        "softmax": (lambda x: F.softmax(x, -1), wide),
        "layer_norm": (lambda x, w, b: F.layer_norm(x, (768,), w, b), norm),
        "gelu": (lambda x: F.gelu(x), wide),
        "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), channels),
        "conv2d": (lambda x, w: F.conv2d(x, w, padding=1), image),
        "attention": (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), heads),
    }[kind.removesuffix("_backward")]
    return backward_of(torch, function(*inputs), inputs) if back else lambda: function(*inputs)


def microseconds(run, seconds, now):
    """The mean of a call over at least `seconds`, after one call to warm up; what a call returns is freed unmeasured."""
    run()
    spent, calls = 0.0, 0
    while spent < seconds or calls < 3:
        begin = now()
        result = run()
        spent += now() - begin
        calls += 1
        del result
    return 1e6 * spent / calls


def main():
    try:
        import torch
    except ImportError:
        sys.exit("PyTorch is not installed for this Python")
    torch.manual_seed(1)
    print(torch.__version__, "with", torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, "cpu") else "?", flush=True)
    for line in sys.stdin:
        name, threads, seconds, clock = line.split()
        torch.set_num_threads(int(threads))
        now = time.process_time if clock == "cpu" else time.perf_counter
        print(microseconds(case(torch, name), float(seconds), now), flush=True)


if __name__ == "__main__":
    main()
