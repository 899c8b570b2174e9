"""Reductions and what is built on them."""
import torch


def sum_to(x, shape):
    return x.sum_to_size(shape)


def softmax(x, axis):
    return torch.softmax(x, axis)


def log_softmax(x, axis):
    return torch.log_softmax(x, axis)


def _axes(x, axes):
    return tuple(axes) or tuple(range(x.dim()))


def mean(x, axes):
    return torch.mean(x, _axes(x, axes))


def prod(x):
    return torch.prod(x, -1)


def max_(x, axes):
    return torch.amax(x, _axes(x, axes))


def min_(x, axes):
    return torch.amin(x, _axes(x, axes))


def var(x, axes, correction):
    return torch.var(x, _axes(x, axes), correction=int(correction))


def stddev(x, axes, correction):
    return torch.std(x, _axes(x, axes), correction=int(correction))


def norm(x, axes):
    return torch.linalg.vector_norm(x, 2, _axes(x, axes))


def logsumexp(x, axes):
    return torch.logsumexp(x, _axes(x, axes))


def cumsum(x, axis):
    return torch.cumsum(x, axis)
