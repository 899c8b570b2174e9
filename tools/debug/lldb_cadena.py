"""Shows tensors and variables in LLDB:  (lldb) command script import tools/debug/lldb_cadena.py"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from describe import describe  # noqa: E402


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
    storage = field(impl, "storage", "object_")
    size = [4, 8, 2, 2, 8, 1][dtype]
    first = field(storage, "data").GetValueAsUnsigned() + field(impl, "offset").GetValueAsSigned() * size
    on_cpu = field(storage, "device", "kind").GetValueAsUnsigned() == 0
    process = value.GetProcess()

    def read(offset, count):
        import lldb
        error = lldb.SBError()
        return process.ReadMemory(first + offset, count, error)

    return describe(dims(field(impl, "shape")), dims(field(impl, "strides")), dtype, on_cpu, read)


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
