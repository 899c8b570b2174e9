"""Reductions and what is built on them."""
import torch


def sum_to(x, shape):
    return x.sum_to_size(shape)


def softmax(x, axis):
    return torch.softmax(x, axis)


def log_softmax(x, axis):
    return torch.log_softmax(x, axis)
