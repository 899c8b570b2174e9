"""Shows tensors, variables and shapes in GDB:  (gdb) source tools/debug/gdb_cadena.py"""

import os
import re
import sys

import gdb
import gdb.printing

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from describe import DTYPES, describe, is_device, is_plausible  # noqa: E402


def dims(value):
    rank = int(value["rank_"])
    data = value["heap_"] if rank > 5 else value["inline_"]
    return [int(data[i]) for i in range(rank)]


def byte(value):
    return int(value.cast(gdb.lookup_type("unsigned char")))


def tensor_text(value):
    impl = value["impl_"]["object_"]
    if int(impl) == 0:
        return "Tensor undefined"
    dtype = byte(impl["dtype"])
    if not is_plausible(int(impl["shape"]["rank_"]), dtype) or not is_plausible(int(impl["strides"]["rank_"]), dtype):
        return "Tensor uninitialized"
    storage = impl["storage"]["object_"]
    if not storage.type.target().fields():  # Clang leaves out what a file only mentions
        return "Tensor, shown when compiled with -fstandalone-debug"
    kind, index = byte(storage["device"]["kind"]), int(storage["device"]["index"])
    if not is_device(kind, index):
        return "Tensor uninitialized"
    size = DTYPES[dtype][1]
    first = int(storage["data"]) + int(impl["offset"]) * size
    device = "cuda:%d" % index if kind else ""
    memory = gdb.selected_inferior()

    def read(offset, count):
        try:
            return bytes(memory.read_memory(first + offset, count))
        except gdb.MemoryError:
            return None

    return describe(dims(impl["shape"]), dims(impl["strides"]), dtype, device, read)


def op_of(node):
    """The op of a node, `Mul` for an OpNode<cadena::Mul>, from the symbol of its table of virtual functions: that is
    there without debug information too."""
    table = node.cast(gdb.lookup_type("unsigned long").pointer()).dereference()
    symbol = gdb.execute("info symbol %d" % int(table), to_string=True)
    found = re.search(r"vtable for cadena::(?:\(anonymous namespace\)::)?(.*?) \+", symbol)
    name = found.group(1) if found else str(node.dereference().dynamic_type)
    return re.sub(r"^detail::OpNode<cadena::(.*)>$", r"\1", name)


def variable_text(value):
    impl = value["impl_"]["object_"]
    if int(impl) == 0:
        return "Variable undefined"
    node = impl["node"]["object_"]
    if int(node) == 0:
        kind = "constant"
    else:
        op = op_of(node)
        kind = "parameter" if op == "Leaf" else "output %d of %s" % (int(impl["output"]), op)
    return "Variable, " + kind + ": " + tensor_text(impl["value"])


def shape_text(value):
    if not is_plausible(int(value["rank_"])):
        return "Shape uninitialized"
    extents = dims(value)
    return "(" + ", ".join(map(str, extents)) + ("," if len(extents) == 1 else "") + ")"


def printer(kind, text):
    """Shows `text(value)`; where that leads to memory that is not there, the object was never initialized."""

    class Printer:
        def __init__(self, value):
            self.value = value

        def to_string(self):
            try:
                return text(self.value)
            except gdb.MemoryError:
                return kind + " uninitialized"

    return Printer


def printers():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("cadena")
    collection.add_printer("Shape", "^cadena::(Shape|Dims)$", printer("Shape", shape_text))
    collection.add_printer("Tensor", "^cadena::Tensor$", printer("Tensor", tensor_text))
    collection.add_printer("Variable", "^cadena::Variable$", printer("Variable", variable_text))
    return collection


gdb.printing.register_pretty_printer(gdb.current_objfile(), printers(), replace=True)
