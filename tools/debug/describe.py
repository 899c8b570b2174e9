"""What a debugger shows of a Tensor or a Variable; shared by the GDB and LLDB front ends, which only read memory."""

import struct

DTYPES = [("f32", 4, "f"), ("f64", 8, "d"), ("f16", 2, "e"), ("bf16", 2, None), ("i64", 8, "q"), ("bool", 1, "?")]
MOST = 8  # values shown
MOST_AXES = 64  # more than any tensor has: memory that is no tensor
MOST_DEVICES = 64  # the same of machines


def is_plausible(rank, dtype=0):
    """False for what was never initialized, or is no more."""
    return 0 <= rank <= MOST_AXES and 0 <= dtype < len(DTYPES)


def is_device(kind, index):
    """The same for where a tensor lies: kind 0 is the CPU, 1 a CUDA device."""
    return (kind, index) == (0, 0) or kind == 1 and 0 <= index < MOST_DEVICES


def decode(raw, dtype):
    """The number that a dtype's bytes stand for."""
    code = DTYPES[dtype][2]
    if code is None:  # bf16: the upper half of an f32
        return struct.unpack("<f", b"\0\0" + raw)[0]
    return struct.unpack("<" + code, raw)[0]


def offsets(shape, strides):
    """Offsets of the elements in row-major order, one after the other."""
    index = [0] * len(shape)
    while 0 not in shape:
        yield sum(i * s for i, s in zip(index, strides))
        for axis in reversed(range(len(shape))):
            index[axis] += 1
            if index[axis] < shape[axis]:
                break
            index[axis] = 0
        else:
            return


def describe(shape, strides, dtype, device, read):
    """`device` is empty for the host; `read(offset in bytes, size)` gives memory at the tensor's first element, or None
    where a debugger cannot read it, as on a GPU. The emulator's device memory can be read."""
    name, size, _ = DTYPES[dtype]
    text = "Tensor (%s) %s" % (", ".join(map(str, shape)) + ("," if len(shape) == 1 else ""), name)
    contiguous, step = True, 1
    for extent, stride in zip(reversed(shape), reversed(strides)):
        contiguous = contiguous and (extent == 1 or stride == step)
        step *= extent
    if not contiguous and 0 not in shape:
        text += " strides (%s)" % ", ".join(map(str, strides))
    if device:
        text += " on " + device
    values = []
    for offset in offsets(shape, strides):
        if len(values) == MOST:
            values.append("…")
            break
        raw = read(offset * size, size)
        if raw is None:
            return text
        values.append("%.6g" % decode(raw, dtype))
    return text + " [" + ", ".join(values) + "]"
