"""Products and decompositions of matrices."""
import torch


def matmul(a, b):
    return torch.matmul(a, b)
