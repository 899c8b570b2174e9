#!/usr/bin/env python3
"""Computes the first values of every random draw from its published definition, in Python's integers and exact
fractions, and writes random.json for tests/tensor/random_reference_test.cpp. Usage: make_random.py

Philox4x32-10: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Normals: Box & Muller
1958. Truncated normals: rejection after C. P. Robert, Statistics and Computing 5 (1995)."""
import bisect
import json
import math
import pathlib
import platform
from fractions import Fraction

COUNT = 6
MASK = 0xFFFFFFFF


def philox(seed, stream, index):
    key = [seed & MASK, seed >> 32]
    c = [index & MASK, index >> 32 & MASK, stream & MASK, stream >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(second >> 32) ^ c[1] ^ key[0], second & MASK, (first >> 32) ^ c[3] ^ key[1], first & MASK]
        key = [(key[0] + 0x9E3779B9) & MASK, (key[1] + 0xBB67AE85) & MASK]
    return c


def uniforms(words):
    """Two doubles of 53 random bits each."""
    return [((high << 32 | low) >> 11) * 2.0 ** -53 for high, low in (words[:2], words[2:])]


def fma(a, b, c):
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def uniform(seed, stream, low, high):
    return [min(fma(uniforms(philox(seed, stream, i))[0], high - low, low), math.nextafter(high, low))
            for i in range(COUNT)]


def box_muller(words, mean=0.0, deviation=1.0):
    u, v = uniforms(words)
    return fma(deviation, math.sqrt(-2 * math.log(1 - u)) * math.cos(2 * math.pi * v), mean)


def normal(seed, stream, mean, deviation):
    return [box_muller(philox(seed, stream, i), mean, deviation) for i in range(COUNT)]


def standard_truncated(seed, stream, i, a, b):
    if b <= 0:
        return -standard_truncated(seed, stream, i, -b, -a)
    rate = (a + math.hypot(a, 2)) / 2 if a > 0 else 0
    for attempt in range(1000):
        words = philox(seed, stream, i + (attempt << 48))
        u, v = uniforms(words)
        if a <= 0 and b - a > 2.5:
            x, accept = box_muller(words), 1
        elif a <= 0 or rate * (b - a) < 1.5:
            x = fma(u, b - a, a)
            accept = math.exp(((a - x) * (a + x) if a > 0 else -x * x) / 2)
        else:
            x = a - math.log1p(-u) / rate
            accept = math.exp(-(x - rate) ** 2 / 2)
        if a <= x <= b and v < accept:
            return x
    raise ArithmeticError("no proposal was accepted")


def truncated_normal(seed, stream, mean, deviation, low, high):
    a, b = (low - mean) / deviation, (high - mean) / deviation
    return [fma(deviation, standard_truncated(seed, stream, i, a, b), mean) for i in range(4 * COUNT)]


def randint(seed, stream, low, high):
    values = []
    for i in range(COUNT):
        words = philox(seed, stream, i)
        wide = sum(word << 32 * k for k, word in enumerate(words))
        values.append(low + (wide * (high - low) >> 128))
    return values


def bernoulli(seed, stream, p):
    return [int(uniforms(philox(seed, stream, i))[0] < p) for i in range(4 * COUNT)]


def categorical(seed, stream, *weights):
    sums = [math.fsum(weights[:k + 1]) for k in range(len(weights))]
    last = max(k for k, weight in enumerate(weights) if weight > 0)
    return [min(bisect.bisect_right(sums, uniforms(philox(seed, stream, i))[0] * sums[-1]), last)
            for i in range(4 * COUNT)]


def permutation(seed, stream, n):
    keys = []
    for i in range(n):
        words = philox(seed, stream, i)
        keys.append((words[0] << 32 | words[1], words[2] << 32 | words[3], i))
    return [key[2] for key in sorted(keys)]


CASES = [
    (uniform, (0.0, 1.0)), (uniform, (-3.0, 5.5)), (normal, (0.0, 1.0)), (normal, (2.0, 0.25)),
    (truncated_normal, (0.0, 1.0, -2.0, 2.0)), (truncated_normal, (0.0, 1.0, -1.2, 1.2)),
    (truncated_normal, (0.0, 1.0, -1.3, 1.25)), (truncated_normal, (0.0, 1.0, 1.0, 1.8)),
    (truncated_normal, (0.0, 1.0, 1.0, 2.0)), (truncated_normal, (1.0, 2.0, 7.0, math.inf)),
    (truncated_normal, (1.0, 2.0, -math.inf, -1.0)), (truncated_normal, (1.0, 2.0, -3.0, 0.5)),
    (truncated_normal, (0.0, 1.0, 0.0, 2.0)), (truncated_normal, (0.0, 1.0, 0.0, math.inf)),
    (randint, (-5, 1000)), (randint, (-(2 ** 52), 2 ** 52)), (randint, (0, 2)),
    (bernoulli, (0.25,)), (categorical, (1.0, 0.0, 2.0, 5.0, 0.0)), (permutation, (24,)),
]


def main():
    draws = []
    for number, (function, arguments) in enumerate(CASES):
        seed, stream = 0x0123456789ABCDEF + 7919 * number, 3 + (number << 33)
        draws.append({"draw": function.__name__, "seed": seed, "stream": stream,
                      "arguments": [str(a) if isinstance(a, float) and math.isinf(a) else a for a in arguments],
                      "values": function(seed, stream, *arguments)})
    lines = ",\n".join(json.dumps(draw, separators=(",", ":")) for draw in draws)
    text = f'{{"made_by": "Python {platform.python_version()}", "draws": [\n{lines}\n]}}\n'
    (pathlib.Path(__file__).resolve().parent / "random.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
