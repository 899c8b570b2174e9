#!/usr/bin/env python3
"""Makes the files of tests/reference/io with NumPy and the Python library safetensors: what tests/tensor/io reads.
Usage: make_io_files.py [FOLDER]    needs: numpy, safetensors 0.8 (pip install safetensors)"""
import pathlib
import sys

import numpy as np
import safetensors
from safetensors.numpy import save_file

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent / "io")
COUNT = np.arange(6).reshape(2, 3)


def write(name, array, version=None):
    with open(FOLDER / name, "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def npy():
    """One file a dtype, all with the values -2 … 3 or 0 … 5 as (2, 3), and the layouts and versions of the format."""
    for dtype in ["f2", "f4", "f8", "i1", "i2", "i4", "i8"]:
        write(f"{dtype}.npy", (COUNT - 2).astype(dtype))
    for dtype in ["u1", "u2", "u4", "u8"]:
        write(f"{dtype}.npy", COUNT.astype(dtype))
    write("b1.npy", COUNT % 2 == 0)
    write("big_endian.npy", (COUNT - 2).astype(">f4"))
    write("big_endian_i2.npy", (COUNT - 2).astype(">i2"))
    write("fortran.npy", np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
    write("version2.npy", COUNT.astype("f4"), (2, 0))
    write("version3.npy", COUNT.astype("f4"), (3, 0))
    write("scalar.npy", np.array(1.5))
    write("empty.npy", np.zeros((0, 3), "f4"))
    write("special.npy", np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, np.pi]))


def npy_refused():
    write("too_large_u8.npy", np.array([1, 2**63], "u8"))
    write("complex.npy", np.array([1j]))
    write("text.npy", np.array(["a"]))
    write("records.npy", np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))
    write("pickled.npy", np.array([{"any": "object"}], dtype=object))


def npz():
    np.savez(FOLDER / "stored.npz", a=COUNT.astype("f4"), b=np.array([True, False]), c=np.array(7))
    np.savez_compressed(FOLDER / "compressed.npz", zeros=np.zeros((50, 50)), a=COUNT.astype("f2"))
    np.savez(FOLDER / "pickled.npz", x=np.array([None]))


def safetensors_files():
    """All dtypes; bf16 through the lower interface, because NumPy has none: 1, -2, 0.5, infinity."""
    tensors = {name: (COUNT - 2).astype(dtype) for name, dtype in
               [("f16", "f2"), ("f32", "f4"), ("f64", "f8"), ("i8", "i1"), ("i16", "i2"), ("i32", "i4"), ("i64", "i8")]}
    tensors |= {name: COUNT.astype(dtype) for name, dtype in [("u8", "u1"), ("u16", "u2"), ("u32", "u4"), ("u64", "u8")]}
    tensors |= {"bool": COUNT % 2 == 0, "scalar": np.array(1.5, "f4"), "empty": np.zeros((0, 3), "f4")}
    tensors["größe.0"] = np.ones(1)
    save_file(tensors, FOLDER / "all.safetensors", metadata={"note": 'quoted "text" and ünïcode'})
    bits, floats = np.array([0x3F80, 0xC000, 0x3F00, 0x7F80], "<u2"), np.array([1, 2], "<f4")
    content = safetensors.serialize({
        name: safetensors.TensorSpec(dtype=dtype, shape=shape, data_ptr=data.ctypes.data, data_len=data.nbytes)
        for name, dtype, shape, data in [("x", "bfloat16", [2, 2], bits), ("w", "float32", [2], floats)]})
    (FOLDER / "bf16.safetensors").write_bytes(content)
    ours = {"a": COUNT.astype("f4"), "b": np.arange(3, dtype="i8"), "c": np.array([True]), "d": COUNT.astype("f8")}
    save_file(ours, FOLDER / "same_bytes.safetensors", metadata={"key": "value"})


FOLDER.mkdir(exist_ok=True)
npy()
npy_refused()
npz()
safetensors_files()
(FOLDER / "versions.txt").write_text(
    f"made by make_io_files.py with Python {sys.version.split()[0]}, NumPy {np.__version__}, "
    f"safetensors {safetensors.__version__}\n")
