"""Shows tensors and variables in LLDB:  (lldb) command script import tools/debug/lldb_cadena.py"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from describe import DTYPES, describe, is_device, is_plausible  # noqa: E402


def field(value, *names):
    for name in names:
        value = value.GetChildMemberWithName(name)
    return value


def dims(value):
    rank = field(value, "rank_").GetValueAsSigned()
    if rank <= 5:
        return [field(value, "inline_").GetChildAtIndex(i).GetValueAsSigned() for i in range(rank)]
    data = field(value, "heap_").GetPointeeData(0, rank)
    return [data.sint64[i] for i in range(rank)]


def tensor_text(value):
    impl = field(value, "impl_", "object_")
    if impl.GetValueAsUnsigned() == 0:
        return "Tensor undefined"
    dtype = field(impl, "dtype").GetValueAsUnsigned()
    ranks = [field(impl, name, "rank_").GetValueAsSigned() for name in ("shape", "strides")]
    if not all(is_plausible(rank, dtype) for rank in ranks):
        return "Tensor uninitialized"
    storage = field(impl, "storage", "object_")
    kind = field(storage, "device", "kind").GetValueAsUnsigned()
    index = field(storage, "device", "index").GetValueAsSigned()
    if not is_device(kind, index):
        return "Tensor uninitialized"
    size = DTYPES[dtype][1]
    first = field(storage, "data").GetValueAsUnsigned() + field(impl, "offset").GetValueAsSigned() * size
    device = "cuda:%d" % index if kind else ""
    process = value.GetProcess()

    def read(offset, count):
        import lldb
        error = lldb.SBError()
        raw = process.ReadMemory(first + offset, count, error)
        return raw if error.Success() else None

    return describe(dims(field(impl, "shape")), dims(field(impl, "strides")), dtype, device, read)


def tensor_summary(value, _):
    return tensor_text(value.GetNonSyntheticValue())


def variable_summary(value, _):
    impl = field(value.GetNonSyntheticValue(), "impl_", "object_")
    if impl.GetValueAsUnsigned() == 0:
        return "Variable undefined"
    node = field(impl, "node", "object_").GetValueAsUnsigned()
    kind = "output %d" % field(impl, "output").GetValueAsSigned() if node else "constant"
    return "Variable, " + kind + ": " + tensor_text(field(impl, "value"))


def __lldb_init_module(debugger, _):
    debugger.HandleCommand("type summary add -F lldb_cadena.tensor_summary cadena::Tensor")
    debugger.HandleCommand("type summary add -F lldb_cadena.variable_summary cadena::Variable")
