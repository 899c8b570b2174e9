#!/usr/bin/env python3
"""The coefficients of tensor/base/scalar_normal.h: of the polynomial of a degree that equals (t + 2) e^(t^2/2) Φ(-t) at the nodes
of Chebyshev in y = (t - 2) / (t + 2), for t from 0 to where Φ(-t) is 0. With the largest relative error, in units of 2^-24 for
f32 and 2^-53 for f64. Needs mpmath."""
import mpmath

mpmath.mp.dps = 40


def curve(y):
    t = 2 * (1 + y) / (1 - y)
    return (t + 2) * mpmath.exp(t * t / 2) * mpmath.erfc(t / mpmath.sqrt(2)) / 2


def fit(last, degree):
    """The coefficients of 1, y, y^2, …, and the error."""
    n = degree + 1
    top = (last - 2) / (last + 2)
    nodes = [(top - 1) / 2 + (top + 1) / 2 * mpmath.cos(mpmath.pi * (i + mpmath.mpf(1) / 2) / n) for i in range(n)]
    powers = mpmath.matrix([[y ** j for j in range(n)] for y in nodes])
    coefficients = list(mpmath.lu_solve(powers, mpmath.matrix([curve(y) for y in nodes])))
    between = [-1 + (top + 1) * i / 99 for i in range(100)]
    return coefficients, max(abs(mpmath.polyval(coefficients[::-1], y) / curve(y) - 1) for y in between)


for name, last, degree, digits, bits in (("f32", "14.5", 11, 9, 24), ("f64", "39", 28, 17, 53)):
    coefficients, error = fit(mpmath.mpf(last), degree)
    print(f"{name}, to {mpmath.nstr(error * mpmath.mpf(2) ** bits, 2)} of 2^-{bits}:")
    print("  " + ", ".join(mpmath.nstr(c, digits, strip_zeros=False) for c in coefficients))
