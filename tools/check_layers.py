#!/usr/bin/env python3
"""Fails on any #include that runs back up the layers. Usage: check_layers.py [ROOT] | --self-test"""
import re

import check

# The only table of arrows: a layer, its folder, and the layers it may include besides itself.
LAYERS = {
    "base": ("tensor/base", []),
    "tensor": ("tensor", ["base", "kernels", "runtime"]),
    "datasets": ("datasets", ["base", "tensor"]),
    "autograd": ("autograd", ["base", "tensor"]),
    "nn": ("nn", ["base", "tensor", "autograd"]),
    "optim": ("optim", ["base", "tensor", "autograd"]),
    "labs": ("labs", ["base", "tensor"]),
    "kernel_labs": ("labs/kernels", ["base", "tensor", "labs", "runtime"]),
    "runtime": ("cuda/runtime", []),
    "kernels": ("cuda/kernels", ["base", "runtime"]),
    "ladder": ("cuda/ladder", ["base", "runtime", "kernels"]),
    "microscope": ("cuda/microscope", ["runtime", "ladder"]),
}
SOURCES = {".h", ".cpp", ".cu", ".cuh"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def layer_of(path):
    """The layer of a path relative to the root: that of the deepest folder listed; None outside the layers."""
    fits = [(len(folder), name) for name, (folder, _) in LAYERS.items() if path.startswith(folder + "/")]
    return max(fits)[1] if fits else None


def violations(root):
    for folder in sorted({folder.split("/")[0] for folder, _ in LAYERS.values()}):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in SOURCES:
                continue
            name = file.relative_to(root).as_posix()
            layer = layer_of(name)
            text = file.read_text(encoding="utf-8")
            for match in INCLUDE.finditer(text):
                place = f"{name}:{text.count(chr(10), 0, match.start(1)) + 1}"
                target = match.group(1)
                if not (root / target).is_file():
                    yield f'{place}: "{target}" is no path from the root of the repository'
                elif layer_of(target) is None:
                    yield f'{place}: {layer} may not include "{target}", which lies above all layers'
                elif layer_of(target) not in [layer, *LAYERS[layer][1]]:
                    yield f'{place}: {layer} may not include "{target}" of {layer_of(target)}'


def self_test():
    """Plants one violation of each kind in a small tree and expects to find exactly these."""
    files = {
        "tensor/base/shape.h": '#include <vector>\n#include "tensor/tensor.h"\n',
        "tensor/tensor.h": '#include "tensor/base/shape.h"\n',
        "autograd/grad.h": '#include "tensor/tensor.h"\n  #  include "nn/module.h"\n',
        "nn/module.h": '#include "autograd/grad.h"\n#include "optim/sgd.h"\n#include "cadena.h"\n',
        "optim/sgd.h": '#include "autograd/grad.h"\n#include "sgd_state.h"\n',
        "cadena.h": '#include "nn/module.h"\n#include "optim/sgd.h"\n',
    }
    expected = ["autograd/grad.h:2", "nn/module.h:2", "nn/module.h:3", "optim/sgd.h:2", "tensor/base/shape.h:2"]
    check.expect_at(violations, files, expected)


if __name__ == "__main__":
    check.main(violations, "layers: every include points downward", self_test)
