"""Shows tensors, variables and shapes in GDB:  (gdb) source tools/debug/gdb_cadena.py"""

import os
import sys

import gdb
import gdb.printing

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from describe import describe  # noqa: E402


def dims(value):
    rank = int(value["rank_"])
    data = value["heap_"] if rank > 5 else value["inline_"]
    return [int(data[i]) for i in range(rank)]


def tensor_text(value):
    impl = value["impl_"]["object_"]
    if int(impl) == 0:
        return "Tensor undefined"
    storage = impl["storage"]["object_"]
    dtype = int(impl["dtype"].cast(gdb.lookup_type("unsigned char")))
    size = [4, 8, 2, 2, 8, 1][dtype]
    first = int(storage["data"]) + int(impl["offset"]) * size
    on_cpu = int(storage["device"]["kind"].cast(gdb.lookup_type("unsigned char"))) == 0
    memory = gdb.selected_inferior()
    return describe(dims(impl["shape"]), dims(impl["strides"]), dtype, on_cpu,
                    lambda offset, count: bytes(memory.read_memory(first + offset, count)))


class ShapePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        extents = dims(self.value)
        return "(" + ", ".join(map(str, extents)) + ("," if len(extents) == 1 else "") + ")"


class TensorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return tensor_text(self.value)


class VariablePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        impl = self.value["impl_"]["object_"]
        if int(impl) == 0:
            return "Variable undefined"
        node = impl["node"]["object_"]
        if int(node) == 0:
            kind = "constant"
        else:
            kind = "output %d of %s" % (int(impl["output"]), node.dereference().dynamic_type)
        return "Variable, " + kind + ": " + tensor_text(impl["value"])


def printers():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("cadena")
    collection.add_printer("Shape", "^cadena::(Shape|Dims)$", ShapePrinter)
    collection.add_printer("Tensor", "^cadena::Tensor$", TensorPrinter)
    collection.add_printer("Variable", "^cadena::Variable$", VariablePrinter)
    return collection


gdb.printing.register_pretty_printer(gdb.current_objfile(), printers(), replace=True)
