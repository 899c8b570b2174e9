"""Convolutions and pooling."""
import torch
from torch.nn import functional


def conv2d(x, w, **options):
    return functional.conv2d(x, w, **options)


def conv2d_bias(x, w, b, **options):
    return functional.conv2d(x, w, b, **options)


def conv2d_input(dy, w, size, groups=1, **options):
    """The gradient of <dy, conv2d(x, w)> with respect to x: linear, so the point does not matter."""
    x = torch.zeros(dy.shape[0], w.shape[1] * groups, *size, dtype=dy.dtype, requires_grad=True)
    y = functional.conv2d(x, w, groups=groups, **options)
    return torch.autograd.grad(y, x, dy, create_graph=True)[0]


def conv2d_weight(dy, x, kernel, groups=1, **options):
    """The gradient of <dy, conv2d(x, w)> with respect to w."""
    w = torch.zeros(dy.shape[1], x.shape[1] // groups, *kernel, dtype=dy.dtype, requires_grad=True)
    y = functional.conv2d(x, w, groups=groups, **options)
    return torch.autograd.grad(y, w, dy, create_graph=True)[0]


def max_pool2d(x, kernel=None, output_size=None, **options):
    if output_size is not None:
        return functional.adaptive_max_pool2d(x, output_size, return_indices=True)
    return functional.max_pool2d(x, kernel, return_indices=True, **options)


def avg_pool2d(x, kernel=None, output_size=None, **options):
    if output_size is not None:
        return functional.adaptive_avg_pool2d(x, output_size)
    return functional.avg_pool2d(x, kernel, **options)


def avg_pool2d_input(dy, size, kernel, **options):
    """The gradient of <dy, avg_pool2d(x)> with respect to x: linear, so the point does not matter."""
    x = torch.zeros(*dy.shape[:-2], *size, dtype=dy.dtype, requires_grad=True)
    return torch.autograd.grad(functional.avg_pool2d(x, kernel, **options), x, dy, create_graph=True)[0]
