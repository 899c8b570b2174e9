"""Ops that act on each element."""


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def div(a, b):
    return a / b


def neg(x):
    return -x


def add_number(x, c):
    return x + c


def mul_number(x, c):
    return c * x


def div_number(x, c):
    return x / c


def cast(x, dtype):
    assert dtype == "f64"
    return x.clone()


def identity(x):
    return x.clone()
