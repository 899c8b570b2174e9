"""Ops that read and write at positions given by an index or a mask."""
import torch


def _wrapped(index, extent):
    return torch.where(index < 0, index + extent, index)


def index_select(x, index, axis):
    y = torch.index_select(x, axis, _wrapped(index, x.shape[axis]).reshape(-1))
    axis %= x.dim()
    return y.reshape(x.shape[:axis] + index.shape + x.shape[axis + 1:])


def index_add(x, index, source, axis):
    shape = list(x.shape)
    shape[axis] = index.numel()
    return torch.index_add(x, axis, _wrapped(index, x.shape[axis]).reshape(-1), source.reshape(shape))


def gather(x, index, axis):
    return torch.gather(x, axis, _wrapped(index, x.shape[axis]))


def scatter(x, index, source, axis):
    y = x.clone()
    for k in range(index.shape[axis]):  # PyTorch leaves open which of several sources wins
        y = y.scatter(axis, _wrapped(index.narrow(axis, k, 1), x.shape[axis]), source.narrow(axis, k, 1))
    return y


def scatter_add(x, index, source, axis):
    return torch.scatter_add(x, axis, _wrapped(index, x.shape[axis]), source)


def masked_fill(x, mask, value):
    return x.masked_fill(mask, value)
