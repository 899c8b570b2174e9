#!/usr/bin/env python3
"""Reads, with NumPy and the Python library safetensors, the files that tests/tensor/io/python_test.cpp has written.
Usage: read_io_files.py numpy|safetensors FOLDER    exit status 77: the library is not installed"""
import pathlib
import sys

LIBRARY, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
try:
    import numpy as np
    if LIBRARY == "safetensors":
        from safetensors import safe_open
        from safetensors.numpy import load_file
except ImportError:
    sys.exit(77)

COUNT = np.arange(6).reshape(2, 3) - 2


def expect(array, values, dtype):
    values = np.asarray(values)
    assert array.dtype == np.dtype(dtype), (array.dtype, dtype)
    assert array.shape == values.shape, (array.shape, values.shape)
    assert np.array_equal(array, values.astype(dtype), equal_nan=array.dtype.kind == "f"), (array, values)


def check_numpy():
    for name, dtype in [("f16", "f2"), ("f32", "f4"), ("f64", "f8"), ("i64", "i8")]:
        expect(np.load(FOLDER / f"{name}.npy"), COUNT, dtype)
    expect(np.load(FOLDER / "bool.npy"), COUNT != 0, "?")
    expect(np.load(FOLDER / "transposed.npy"), COUNT.T, "f4")
    expect(np.load(FOLDER / "scalar.npy"), 1.5, "f4")
    expect(np.load(FOLDER / "empty.npy"), np.zeros((0, 3)), "f4")
    expect(np.load(FOLDER / "special.npy"), [np.nan, np.inf, -np.inf, np.pi], "f8")
    expect(np.loadtxt(FOLDER / "table.csv", delimiter=",", skiprows=1), COUNT / 3, "f8")
    for name in ["stored.npz", "compressed.npz"]:
        if (FOLDER / name).exists():
            archive = np.load(FOLDER / name)
            assert sorted(archive.files) == ["größe", "x"], archive.files
            expect(archive["x"], COUNT, "f4")
            expect(archive["größe"], [1, 2], "i8")


def check_safetensors():
    tensors = load_file(FOLDER / "numbers.safetensors")
    for name, dtype in [("f16", "f2"), ("f32", "f4"), ("f64", "f8"), ("i64", "i8")]:
        expect(tensors[name], COUNT, dtype)
    expect(tensors["bool"], COUNT != 0, "?")
    expect(tensors["empty"], np.zeros((0, 3)), "f4")
    with safe_open(FOLDER / "numbers.safetensors", framework="np") as file:
        assert file.metadata() == {"note": 'quoted "text" and ünïcode'}, file.metadata()
    with safe_open(FOLDER / "bf16.safetensors", framework="np") as file:
        assert file.get_slice("x").get_dtype() == "BF16"
        assert file.get_slice("x").get_shape() == [2, 3]


{"numpy": check_numpy, "safetensors": check_safetensors}[LIBRARY]()
