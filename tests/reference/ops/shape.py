"""Ops that move elements without changing them."""
import torch


def broadcast_to(x, shape):
    return x.expand(shape)


def reshape(x, shape):
    return x.reshape(shape)


def permute(x, order):
    return x.permute(order)


def _picked(x, axis, start, stop, step):
    return torch.arange(x.shape[axis])[list(range(x.shape[axis]))[start:stop:step]]


def slice_(x, axis, start=None, stop=None, step=1):
    return torch.index_select(x, axis, _picked(x, axis, start, stop, step))


def unslice(x, shape, axis, start=None, stop=None, step=1):
    y = torch.zeros(shape)
    return y.index_copy(axis, _picked(y, axis, start, stop, step), x)


def flip(x, axes):
    axes = axes if isinstance(axes, tuple) else (axes,)
    return torch.flip(x, axes or tuple(range(x.dim())))


def diagonal(x, offset):
    return torch.diagonal(x, offset, dim1=-2, dim2=-1)


def concat(*xs, axis):
    return torch.cat(xs, axis)


def split(x, sizes, axis):
    return torch.split(x, sizes, axis)


def unbind(x, axis):
    return torch.unbind(x, axis)


def pad(x, before, after, value):
    widths = [w for pair in zip(reversed(before), reversed(after)) for w in pair]
    return torch.nn.functional.pad(x, widths, value=value)


def tril(x, diagonal):
    return torch.tril(x, diagonal)


def triu(x, diagonal):
    return torch.triu(x, diagonal)


def diag_embed(x, offset):
    return torch.diag_embed(x, offset)
