"""Losses, normalizations and attention: what neural networks are made of."""
import torch
import torch.nn.functional as F


def cross_entropy(z, t, axis, ignore_index, label_smoothing):
    rows = z.movedim(axis, -1)
    loss = F.cross_entropy(rows.reshape(-1, rows.shape[-1]), t.reshape(-1), reduction="none", ignore_index=ignore_index,
                           label_smoothing=label_smoothing)
    return loss.reshape(t.shape), torch.logsumexp(z, axis).detach()


def layer_norm(x, w, b, eps):
    variance, mean = torch.var_mean(x, -1, unbiased=False)
    return F.layer_norm(x, w.shape, w, b, eps), mean.detach(), (1 / torch.sqrt(variance + eps)).detach()


def rms_norm(x, w, eps):
    rms = torch.sqrt(torch.mean(x * x, -1) + eps)
    return w * (x / rms.unsqueeze(-1)), (1 / rms).detach()


def batch_norm(x, w, b, eps):
    others = [axis for axis in range(x.dim()) if axis != 1]
    variance, mean = torch.var_mean(x, others, unbiased=False)
    y = F.batch_norm(x, None, None, w, b, True, 0.1, eps)
    return y, mean.detach(), variance.detach()


def scaled_dot_product_attention(q, k, v, m, causal, scale):
    queries, keys = q.shape[-2], k.shape[-2]
    scores = scale * torch.einsum("...sd,...td->...st", q, k) + m
    if causal:
        hidden = torch.ones(queries, keys, dtype=torch.bool).triu(1 + keys - queries)
        scores = scores.masked_fill(hidden, -torch.inf)
    lse = torch.logsumexp(scores, -1)
    sees = torch.isfinite(lse).unsqueeze(-1)
    weights = torch.softmax(torch.where(sees, scores, torch.zeros_like(scores)), -1) * sees
    return torch.einsum("...st,...te->...se", weights, v), lse.detach()


def rotary_embedding(x, offset, base, inverse):
    rows, depth = x.shape[-2:]
    position = torch.arange(offset, offset + rows, dtype=torch.float64)
    frequency = base ** (-torch.arange(0, depth, 2, dtype=torch.float64) / depth)
    angle = torch.outer(position, frequency) * (-1 if inverse else 1)
    turned = torch.view_as_complex(x.reshape(*x.shape[:-1], depth // 2, 2).contiguous()) * torch.polar(
        torch.ones_like(angle), angle)
    return torch.view_as_real(turned).reshape(x.shape)
