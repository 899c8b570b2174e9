#!/usr/bin/env python3
"""Writes tests/reference/optim.json: what PyTorch's optimizers, schedules, clipping and L-BFGS give, in f64.

Run:  python3 tests/reference/make_optim.py     (needs torch and numpy; the versions used are in the file)

Trajectories: two parameters, (2, 2) and (1,), are stepped 100 times along the gradients stored in the file, which do
not depend on the parameters; the second has none in every step t with t % 7 == 3. Parameters are recorded after the
steps named in "recorded".
"""
import json
import math
import pathlib

import numpy as np
import torch

STEPS = 100
RECORDED = [*range(1, 11), *range(20, STEPS + 1, 10)]
START = [[0.5, -1.25, 2.0, -0.375], [0.75]]
SHAPES = [(2, 2), (1,)]

OPTIMIZERS = {
    "sgd": ("SGD", dict(lr=0.05)),
    "sgd_weight_decay": ("SGD", dict(lr=0.05, weight_decay=0.1)),
    "sgd_momentum": ("SGD", dict(lr=0.05, momentum=0.9)),
    "sgd_dampening": ("SGD", dict(lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.01)),
    "sgd_nesterov": ("SGD", dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
    "sgd_maximize": ("SGD", dict(lr=0.05, momentum=0.9, maximize=True, weight_decay=0.1)),
    "rmsprop": ("RMSprop", dict(lr=0.02)),
    "rmsprop_options": ("RMSprop", dict(lr=0.02, alpha=0.9, eps=1e-3, weight_decay=0.1)),
    "rmsprop_momentum": ("RMSprop", dict(lr=0.02, alpha=0.9, momentum=0.7)),
    "rmsprop_centered": ("RMSprop", dict(lr=0.02, alpha=0.9, centered=True, eps=1e-4)),
    "rmsprop_centered_momentum": ("RMSprop", dict(lr=0.02, alpha=0.95, centered=True, momentum=0.5, weight_decay=0.1,
                                                  eps=1e-4, maximize=True)),
    "adagrad": ("Adagrad", dict(lr=0.1)),
    "adagrad_options": ("Adagrad", dict(lr=0.1, lr_decay=0.05, weight_decay=0.1, initial_accumulator_value=0.2,
                                        eps=1e-3, maximize=True)),
    "adam": ("Adam", dict(lr=0.02)),
    "adam_options": ("Adam", dict(lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
    "adam_amsgrad": ("Adam", dict(lr=0.02, betas=(0.8, 0.9), amsgrad=True)),
    "adam_maximize": ("Adam", dict(lr=0.02, maximize=True, weight_decay=0.1)),
    "adamw": ("AdamW", dict(lr=0.02)),
    "adamw_options": ("AdamW", dict(lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3)),
    "adamw_amsgrad": ("AdamW", dict(lr=0.02, betas=(0.8, 0.9), weight_decay=0.3, amsgrad=True, maximize=True)),
}


def has_gradient(parameter, step):
    return parameter == 0 or step % 7 != 3


def parameters(dtype=torch.float64):
    return [torch.nn.Parameter(torch.tensor(v, dtype=dtype).reshape(s)) for v, s in zip(START, SHAPES)]


def flat(tensors):
    return [x for t in tensors for x in t.detach().reshape(-1).tolist()]


def trajectory(make, gradients, dtype=torch.float64):
    params = parameters(dtype)
    optimizer = make(params)
    rows = []
    for step in range(1, STEPS + 1):
        row = torch.tensor(gradients[step - 1], dtype=dtype)
        for i, part in enumerate([row[:4].reshape(2, 2), row[4:]]):
            params[i].grad = part.clone() if has_gradient(i, step) else None
        optimizer.step()
        if step in RECORDED:
            rows.append(flat(params))
    return rows


def schedule(make, steps, lr=0.4, momentum=0.9):
    """Learning rate and momentum in force before steps 0 … steps - 1."""
    optimizer = torch.optim.SGD(parameters(), lr=lr, momentum=momentum)
    scheduler = make(optimizer)
    rates, momenta = [], []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        scheduler.step()
    return {"learning_rate": rates, "momentum": momenta}


def plateau(metrics, **options):
    optimizer = torch.optim.SGD(parameters(), lr=0.4)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    rates = []
    for metric in metrics:
        scheduler.step(metric)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


def lbfgs(objective, start, steps, **options):
    x = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer = torch.optim.LBFGS([x], line_search_fn="strong_wolfe", **options)
    rows, losses, evaluations = [], [], []

    def closure():
        optimizer.zero_grad()
        loss = objective(x)
        loss.backward()
        return loss

    for _ in range(steps):
        losses.append(float(optimizer.step(closure)))
        rows.append(x.tolist())
        evaluations.append(optimizer.state[x]["func_evals"])
    return {"points": rows, "losses": losses, "evaluations": evaluations}


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] * x[0]) ** 2


def quartic(x):
    """A steep valley in three dimensions; its first steps need the line search to zoom."""
    return x[0] ** 4 + 10 * (x[1] - x[0]) ** 2 + 0.5 * (x[2] + x[1] * x[0]) ** 2 + 3 * x[2] ** 4


def clipped(gradients, **options):
    params = [torch.nn.Parameter(torch.zeros(len(g), dtype=torch.float64)) for g in gradients]
    for p, g in zip(params, gradients):
        p.grad = torch.tensor(g, dtype=torch.float64)
    norm = float(torch.nn.utils.clip_grad_norm_(params, **options))
    return {"norm": norm, "gradients": [p.grad.tolist() for p in params]}


def main():
    rng = np.random.default_rng(20240607)
    gradients = (rng.standard_normal((STEPS, 5)) * np.array([1.0, 3.0, 0.1, 0.5, 2.0]) + 0.3).tolist()
    schedules = torch.optim.lr_scheduler
    result = {
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "start": START,
        "gradients": gradients,
        "recorded": RECORDED,
        "trajectories": {},
    }
    for name, (kind, options) in OPTIMIZERS.items():
        result["trajectories"][name] = trajectory(lambda p: getattr(torch.optim, kind)(p, **options), gradients)
    result["trajectories"]["groups"] = trajectory(
        lambda p: torch.optim.AdamW([{"params": [p[0]]}, {"params": [p[1]], "lr": 0.1, "weight_decay": 0.0}], lr=0.02),
        gradients)
    # In f32, so that the drift from f64 can be compared with PyTorch's own.
    result["trajectories_f32"] = {
        name: trajectory(lambda p: getattr(torch.optim, kind)(p, **options), gradients, torch.float32)[-1]
        for name, (kind, options) in OPTIMIZERS.items()
    }
    result["schedules"] = {
        "step": schedule(lambda o: schedules.StepLR(o, 7, 0.3), 40),
        "multi_step": schedule(lambda o: schedules.MultiStepLR(o, [3, 10, 10, 25], 0.5), 40),
        "exponential": schedule(lambda o: schedules.ExponentialLR(o, 0.93), 40),
        "cosine": schedule(lambda o: schedules.CosineAnnealingLR(o, 39, eta_min=0.04), 40),
        "linear_warm_up": schedule(lambda o: schedules.LinearLR(o, 0.25, 1.0, total_iters=8), 20),
        "warm_up_cosine": schedule(lambda o: schedules.SequentialLR(
            o, [schedules.LinearLR(o, 0.25, 1.0, total_iters=8), schedules.CosineAnnealingLR(o, 30, eta_min=0.04)], [8]), 38),
        "lambda": schedule(lambda o: schedules.LambdaLR(o, lambda t: 1 / math.sqrt(1 + t)), 40),
        "one_cycle": schedule(lambda o: schedules.OneCycleLR(o, 0.4, total_steps=40), 40),
        "one_cycle_linear": schedule(lambda o: schedules.OneCycleLR(
            o, 0.4, total_steps=33, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100,
            base_momentum=0.8, max_momentum=0.9), 33),
    }
    metrics = [5, 4, 4.1, 4.2, 3.9999, 4.3, 4.4, 3, 3.1, 3.2, 3.3, 3.4, 3.5, 2.9, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    result["plateau"] = {
        "metrics": metrics,
        "relative": plateau(metrics, factor=0.5, patience=2, threshold=1e-3),
        "cooldown": plateau(metrics, factor=0.3, patience=1, threshold=1e-4, cooldown=2, min_lr=0.01),
        "absolute": plateau(metrics, factor=0.5, patience=1, threshold=0.5, threshold_mode="abs"),
        "maximum": plateau([-m for m in metrics], mode="max", factor=0.5, patience=2, threshold=0.2,
                           threshold_mode="abs"),
        "maximum_relative": plateau([10 - m for m in metrics], mode="max", factor=0.5, patience=1, threshold=0.01),
    }
    result["lbfgs"] = {
        "rosenbrock": lbfgs(rosenbrock, [-1.2, 1.0], 20, max_iter=2, max_eval=50, history_size=5),
        "quartic": lbfgs(quartic, [2.0, -1.0, 0.5], 10, max_iter=4, max_eval=50, history_size=2, lr=0.8),
        "one_call": lbfgs(rosenbrock, [-1.2, 1.0], 1, max_iter=100, tolerance_grad=1e-10, tolerance_change=1e-14),
    }
    parts = [[3.0, -4.0, 1.0], [0.5, 12.0]]
    result["clip"] = {
        "gradients": parts,
        "two": clipped(parts, max_norm=2.0),
        "one": clipped(parts, max_norm=2.0, norm_type=1.0),
        "three": clipped(parts, max_norm=2.0, norm_type=3.0),
        "infinity": clipped(parts, max_norm=2.0, norm_type=math.inf),
        "within": clipped(parts, max_norm=100.0),
    }
    path = pathlib.Path(__file__).with_name("optim.json")
    path.write_text(json.dumps(result).replace("], [", "],\n[").replace('}, "', '},\n"') + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
