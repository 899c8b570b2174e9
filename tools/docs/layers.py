#!/usr/bin/env python3
"""The figure of the layers, docs/figures/layers.svg, drawn by Graphviz from the table in tools/check_layers.py, which every
include is held to. Usage: layers.py (draws it) | --check (says whether the figure has the table's boxes and arrows)"""
import html
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from check_layers import LAYERS  # noqa: E402

FIGURE = ROOT / "docs" / "figures" / "layers.svg"
WORDS = {
    "base": "errors, dtypes, shapes, views,\\nscalar functions", "tensor": "values: storage, checks, dispatch,\\nCPU kernels, files",
    "datasets": "readers, batches", "autograd": "Variable, one struct an op,\\ngradient checks", "nn": "layers, losses",
    "optim": "optimizers, schedules", "labs": "what exercises stand on", "kernel_labs": "the same for kernels",
    "runtime": "a GPU or its emulator:\\nlaunch, streams, memory", "kernels": "the ops for GPUs",
    "ladder": "kernels step by step", "microscope": "counts, line by line"}
BLUE, GREEN, GREY = ("#dbeafe", "#1d4ed8"), ("#dcfce7", "#15803d"), ("#ede9fe", "#6d28d9")


def colours(name):
    folder = LAYERS[name][0]
    return GREEN if folder.startswith("cuda/") else GREY if folder.startswith("labs") else BLUE


def arrows():
    """The layers each layer may include, without those it reaches through another one."""
    def below(name):
        return {deep for next_one in LAYERS[name][1] for deep in {next_one, *below(next_one)}}
    return {(name, to) for name, (_, includes) in LAYERS.items() for to in includes
            if not any(to in below(other) for other in includes if other != to)}


def dot():
    lines = ["digraph layers {", '  graph [bgcolor=transparent, rankdir=TB, nodesep=0.25, ranksep=0.4, margin=0.05];',
             '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, fontcolor="#111827", margin="0.15,0.08"];',
             '  edge [color="#8b949e", arrowsize=0.7];']
    for name, (folder, _) in LAYERS.items():
        fill, line = colours(name)
        words = WORDS[name].replace("\\n", "<br/>")
        lines.append(f'  {name} [fillcolor="{fill}", color="{line}", label=<<b>{folder}/</b><br/><font point-size="9">{words}</font>>];')
    lines += [f"  {a} -> {b};" for a, b in sorted(arrows())]
    lines += ["  { rank=same; nn; optim; datasets; }", "  { rank=same; base; runtime; }", "}"]
    return "\n".join(lines)


def drawn(svg):
    """Boxes and arrows of a figure, by the titles that Graphviz gives them."""
    titles = {html.unescape(title) for title in re.findall(r'class="(?:node|edge)">\s*<title>(.*?)</title>', svg)}
    return {tuple(title.split("->")) if "->" in title else title for title in titles}


def main():
    if sys.argv[1:] == ["--check"]:
        expected = set(LAYERS) | arrows()
        found = drawn(FIGURE.read_text(encoding="utf-8"))
        if found != expected:
            sys.exit(f"layers: {FIGURE.relative_to(ROOT)} is stale (run tools/docs/layers.py): only drawn {found - expected}, "
                     f"not drawn {expected - found}")
        return
    svg = subprocess.run(["dot", "-Tsvg"], input=dot(), check=True, capture_output=True, text=True).stdout
    svg = re.sub(r"<!-- .*? -->\n", "", svg)
    svg = re.sub(r"^ +$\n?", "", svg, flags=re.M).replace('font-family="Helvetica,sans-Serif"', 'font-family="Helvetica,Arial,sans-serif"')
    FIGURE.parent.mkdir(exist_ok=True)
    FIGURE.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
