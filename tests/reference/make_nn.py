#!/usr/bin/env python3
"""Writes tests/reference/nn.json: what PyTorch's layers and losses give in f64, with their gradients.

Run:  python3 tests/reference/make_nn.py     (needs torch; the version used is in the file)

A layer: its state under our names, inputs, outputs, fixed cotangents u, and the gradients of sum <u, y> with respect to
inputs (null for integers) and parameters; "state_after" where running statistics move. A loss: for each reduction the
value and the gradients with respect to its inputs, for "none" those of <u, loss>. Inputs and weights are rounded to
three decimals, so that the file stays small.
"""
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(20)


def draw(*shape):
    return (torch.randn(*shape) * 1000).round() / 1000


def encoded(x):
    if x is None:
        return None
    x = x.detach()
    data = x.reshape(-1).tolist()
    return {"dtype": "f64" if x.is_floating_point() else "i64", "shape": list(x.shape),
            "data": [v if v == v else "nan" for v in data]}


def gradients(outputs, cotangents, xs):
    total = sum((y * u).sum() for y, u in zip(outputs, cotangents))
    return torch.autograd.grad(total, xs)


def layer(module, names, inputs, forward=None, after=False):
    """`names` maps our names of parameters and buffers to PyTorch's."""
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    for ours, theirs in names.items():
        x = tensors[theirs]
        with torch.no_grad():
            x.copy_(draw(*x.shape).abs() + 0.5 if ours.endswith("var") else draw(*x.shape))
    state = {ours: encoded(tensors[theirs].clone()) for ours, theirs in names.items()}
    inputs = [x.requires_grad_() if x.is_floating_point() else x for x in inputs]
    outputs = (forward or module)(*inputs)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    cotangents = [draw(*y.shape) for y in outputs]
    parameters = {o: tensors[t] for o, t in names.items() if isinstance(tensors[t], nn.Parameter)}
    wanted = [x for x in inputs if x.is_floating_point()] + list(parameters.values())
    found = list(gradients(outputs, cotangents, wanted))
    case = {
        "state": state,
        "inputs": [encoded(x) for x in inputs],
        "outputs": [encoded(y) for y in outputs],
        "cotangents": [encoded(u) for u in cotangents],
        "input_gradients": [encoded(found.pop(0)) if x.is_floating_point() else None for x in inputs],
        "parameter_gradients": {ours: encoded(found.pop(0)) for ours in parameters},
    }
    if after:
        case["state_after"] = {ours: encoded(tensors[theirs]) for ours, theirs in names.items()}
    return case


def same(*names):
    return {n: n for n in names}


def recurrent(kind, width, has_cell, with_state):
    module = kind(3, width, batch_first=True)
    names = {"weight_input": "weight_ih_l0", "weight_hidden": "weight_hh_l0", "bias_input": "bias_ih_l0",
             "bias_hidden": "bias_hh_l0"}

    def forward(x, *state):
        state = [s.unsqueeze(0) for s in state]
        outputs, last = module(x, None if not state else tuple(state) if has_cell else state[0])
        return [outputs] + [s.squeeze(0) for s in (last if has_cell else [last])]

    states = [draw(2, width) for _ in range(2 if has_cell else 1)] if with_state else []
    return layer(module, names, [draw(2, 4, 3)] + states, forward)


def both_ways():
    """Two layers, each in both directions, as tests/nn/recurrent_test.cpp puts them together."""
    module = nn.LSTM(3, 2, num_layers=2, bidirectional=True, batch_first=True)
    ours = {"weight_input": "weight_ih", "weight_hidden": "weight_hh", "bias_input": "bias_ih", "bias_hidden": "bias_hh"}
    names = {f"{position}.{way}.{name}": f"{theirs}_l{i}{end}"
             for i, position in enumerate(("first", "second"))
             for way, end in (("forward", ""), ("backward", "_reverse")) for name, theirs in ours.items()}
    return layer(module, names, [draw(2, 4, 3)], lambda x: module(x)[0])


class RMSNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.empty(width)), eps

    def forward(self, x):
        return self.weight * x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.eps)


def causal_mask(t):
    return torch.triu(torch.ones(t, t, dtype=torch.bool), 1)


def attention(*shapes, **masks):
    """Of one input to itself, of a query to keys that are the values, or of a query to keys and values."""
    module = nn.MultiheadAttention(6, 2, batch_first=True)
    names = {"qkv.weight": "in_proj_weight", "qkv.bias": "in_proj_bias", "out.weight": "out_proj.weight",
             "out.bias": "out_proj.bias"}
    return layer(module, names, [draw(*s) for s in shapes],
                 lambda q, k=None, v=None: module(q, q if k is None else k, (q if k is None else k) if v is None else v,
                                                  need_weights=False, **masks)[0])


def masked_attention():
    """The masks are those of tests/nn/attention_test.cpp; true hides."""
    hidden = torch.tensor([[0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0], [0, 0, 0, 1]], dtype=torch.bool)
    padding = torch.tensor([[0, 0, 0, 1], [0, 1, 0, 0]], dtype=torch.bool)
    added = (torch.arange(64).reshape(4, 4, 4) % 7 - 3) / 2
    padded_block = block(4, 2)
    return {
        "attention_masked": attention((2, 4, 6), attn_mask=hidden, key_padding_mask=padding),
        "attention_added": attention((2, 4, 6), attn_mask=added,
                                     key_padding_mask=torch.zeros(2, 4).masked_fill(padding, -torch.inf)),
        "attention_cross": attention((2, 3, 6), (2, 4, 6), key_padding_mask=padding),
        "attention_cross_three": attention((2, 3, 6), (2, 4, 6), (2, 4, 6), attn_mask=hidden[1:]),
        "transformer_block_padded": layer(padded_block, block_names(), [draw(2, 4, 4)],
                                          lambda x: padded_block(x, src_key_padding_mask=padding)),
    }


def block_names(ours="", theirs=""):
    pairs = {"norm1": "norm1", "norm2": "norm2", "attention.out": "self_attn.out_proj", "up": "linear1",
             "down": "linear2"}
    names = {ours + "attention.qkv.weight": theirs + "self_attn.in_proj_weight",
             ours + "attention.qkv.bias": theirs + "self_attn.in_proj_bias"}
    for a, b in pairs.items():
        names |= {f"{ours}{a}.{p}": f"{theirs}{b}.{p}" for p in ("weight", "bias")}
    return names


def block(width, heads):
    return nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0, activation="gelu", batch_first=True,
                                      norm_first=True)


def transformer_block(causal):
    module = block(4, 2)
    return layer(module, block_names(), [draw(2, 3, 4)], lambda x: module(x, causal_mask(3) if causal else None))


class GPT(nn.Module):
    def __init__(self, vocabulary, context, layers, heads, width):
        super().__init__()
        self.token, self.position = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens):
        t = tokens.shape[1]
        x = self.token(tokens) + self.position(torch.arange(t))
        for b in self.blocks:
            x = b(x, causal_mask(t))
        return F.linear(self.norm(x), self.token.weight)


def gpt():
    names = same("token.weight", "position.weight", "norm.weight", "norm.bias")
    for i in range(2):
        names |= block_names(f"block{i}.", f"blocks.{i}.")
    return layer(GPT(5, 4, 2, 2, 4), names, [torch.tensor([[1, 4, 0, 2], [3, 3, 1, 0]])])


def layers():
    wb = same("weight", "bias")
    statistics = same("weight", "bias", "running_mean", "running_var")
    cases = {
        "linear": layer(nn.Linear(3, 2), wb, [draw(2, 2, 3)]),
        "linear_no_bias": layer(nn.Linear(3, 2, bias=False), same("weight"), [draw(4, 3)]),
        "conv1d": layer(nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2), wb, [draw(2, 4, 7)]),
        "conv2d": layer(nn.Conv2d(2, 3, 3, padding=1), wb, [draw(2, 2, 4, 3)]),
        "conv2d_options": layer(nn.Conv2d(4, 2, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2), wb,
                                [draw(1, 4, 5, 4)]),
        "conv_transpose2d": layer(
            nn.ConvTranspose2d(4, 6, (3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2), wb,
            [draw(1, 4, 3, 2)]),
        "max_pool2d": layer(nn.MaxPool2d(3, stride=2, padding=1), {}, [draw(2, 2, 5, 4)]),
        "avg_pool2d": layer(nn.AvgPool2d((2, 3), stride=(1, 2), padding=(1, 0)), {}, [draw(2, 2, 4, 5)]),
        "adaptive_avg_pool2d": layer(nn.AdaptiveAvgPool2d((2, 3)), {}, [draw(2, 2, 5, 4)]),
        "batch_norm_vectors": layer(nn.BatchNorm1d(3), statistics, [draw(5, 3)], after=True),
        "batch_norm_sequences": layer(nn.BatchNorm1d(2, momentum=0.3, eps=1e-3), statistics, [draw(3, 2, 4)],
                                      after=True),
        "batch_norm_images": layer(nn.BatchNorm2d(2), statistics, [draw(2, 2, 3, 2)], after=True),
        "batch_norm_eval": layer(nn.BatchNorm2d(2).eval(), statistics, [draw(2, 2, 3, 2)], after=True),
        "batch_norm_eval_one_value": layer(nn.BatchNorm1d(3).eval(), statistics, [draw(1, 3)], after=True),
        "layer_norm": layer(nn.LayerNorm(5), wb, [draw(2, 3, 5)]),
        "rms_norm": layer(RMSNorm(5, 1e-6), same("weight"), [draw(2, 3, 5)]),
        "group_norm": layer(nn.GroupNorm(2, 4), wb, [draw(2, 4, 3)]),
        "embedding": layer(nn.Embedding(4, 3), same("weight"), [torch.tensor([[2, 0], [2, 3]])]),
        "attention": attention((2, 4, 6)),
        "attention_causal": attention((2, 4, 6), attn_mask=causal_mask(4)),
        "transformer_block": transformer_block(False),
        "transformer_block_causal": transformer_block(True),
        "gpt": gpt(),
    }
    for name, kind in {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}.items():
        cases[name] = recurrent(kind, 2, name == "lstm", False)
        cases[name + "_from_state"] = recurrent(kind, 2, name == "lstm", True)
    return cases


def loss(f, inputs, constants=()):
    """f(*inputs, *constants, reduction=…); gradients are taken with respect to the inputs."""
    inputs = [x.requires_grad_() for x in inputs]
    case = {"inputs": [encoded(x) for x in inputs], "constants": [encoded(x) for x in constants]}
    for reduction in ("mean", "sum", "none"):
        y = f(*inputs, *constants, reduction=reduction)
        u = draw(*y.shape) if reduction == "none" else torch.ones(())
        case[reduction] = {"value": encoded(y), "cotangent": encoded(u),
                           "gradients": [encoded(g) for g in gradients([y], [u], inputs)]}
    return case


def reduced(losses, reduction):
    return {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}[reduction](losses)


def rows(f):
    """PyTorch has the classes in axis 1; here they are the last axis."""
    return lambda z, t, reduction: f(z.movedim(-1, 1), t, reduction=reduction)


def losses():
    y, t = draw(3, 4), draw(3, 4)
    targets = torch.tensor([[0, 3, 1], [2, 2, 0]])
    some_ignored = torch.tensor([[0, -100, 1], [-100, 2, 0]])
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0, -1.0])
    p = torch.tensor([[0.5, 0.25, 0.25, 0.0], [0.125, 0.0, 0.625, 0.25]])
    logits = torch.tensor([[-40.0, 0.0, 1.5], [40.0, -2.25, 0.0]])
    chances = torch.tensor([[0.0, 0.25, 1.0], [1.0, 0.625, 0.0]])
    return {
        "mse": loss(F.mse_loss, [y, t]),
        "l1": loss(F.l1_loss, [y, t]),
        "huber": loss(lambda a, b, reduction: F.huber_loss(a, b, reduction=reduction, delta=0.7), [y, t]),
        "cross_entropy": loss(rows(F.cross_entropy), [draw(2, 3, 4)], [targets]),
        "cross_entropy_smoothed": loss(
            rows(lambda z, c, reduction: F.cross_entropy(z, c, reduction=reduction, label_smoothing=0.1)),
            [draw(2, 3, 4)], [targets]),
        "cross_entropy_ignoring": loss(
            rows(lambda z, c, reduction: F.cross_entropy(z, c, reduction=reduction, label_smoothing=0.2)),
            [draw(2, 3, 4)], [some_ignored]),
        "nll": loss(rows(F.nll_loss), [draw(2, 3, 4)], [targets]),
        "nll_ignoring": loss(rows(F.nll_loss), [draw(2, 3, 4)], [some_ignored]),
        "bce_with_logits": loss(F.binary_cross_entropy_with_logits, [logits], [chances]),
        "kl_div": loss(lambda z, q, reduction: reduced(F.kl_div(z, q, reduction="none"), reduction), [draw(2, 4)], [p]),
        "hinge": loss(lambda z, s, reduction: reduced(torch.relu(1 - s * z), reduction), [draw(5)], [signs]),
        "cosine_embedding": loss(
            lambda a, b, s, reduction: F.cosine_embedding_loss(a, b, s, margin=0.1, reduction=reduction),
            [draw(5, 3), draw(5, 3)], [signs]),
    }


def main():
    values = {"torch": torch.__version__, "layers": layers(), "losses": losses()}
    # Drawn last: the others stay as they were.
    values["layers"] |= masked_attention() | {"lstm_both_ways": both_ways()}
    values["layers"]["embedding_padding"] = layer(nn.Embedding(4, 3, padding_idx=-2), same("weight"),
                                                  [torch.tensor([[2, 0], [1, 2], [0, 0]])])
    path = pathlib.Path(__file__).with_name("nn.json")
    cases = [f' "torch": {json.dumps(values["torch"])}']
    for group in ("layers", "losses"):
        lines = [f"  {json.dumps(name)}: {json.dumps(case)}" for name, case in values[group].items()]
        cases.append(f' "{group}": {{\n' + ",\n".join(lines) + "\n }")
    path.write_text("{\n" + ",\n".join(cases) + "\n}\n")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
