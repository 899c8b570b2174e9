"""What the cells of a notebook defined so far, and how the next one is compiled and run.

Each cell stands in a namespace within that of the cell before, so a name that is defined again hides the older one, as in
an inner scope; what was compiled with the older one keeps it. Variables exist once, in the cell that defined them; later
cells declare them."""
import pathlib
import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace

import rewrite
from host import Died, Host
from reader import Reader
from toolchain import CompileError, readable

ROOT = "notebook_cells"  # a namespace that the precompiled header does not know: libclang can go astray in one it does
DEPTH = 250  # GCC nests at most 255 namespaces
NAMES = "Axes Curve Field Image LadderStep Run print_ladder run_ladder source_file".split()  # of the chapters; Cadena has a Curve too
USING = "using namespace cadena;" + "".join(f" using cadena::tutorials::{name};" for name in NAMES)
TAG = re.compile(r"cadena::notebook::TypeTag<(.*)>$")
# Types that cannot be spelled; and constants of numbers, which later cells may use where a constant is needed.
UNSPEAKABLE = re.compile(r"[{'#]|\(anonymous")
CONSTANT = re.compile(r"(bool|char|short|int|long|unsigned|float|double)[ a-z]* const$")
OURS = re.compile(r"^<(?:earlier cells|end of the cell)>[^\n]*\n(?: [^\n]*\n)*", re.M)  # what follows from faults in the cell


@dataclass
class Level:
    """What one cell added: includes, and its parts as later cells read them."""

    number: int
    includes: list
    chunks: list
    types: dict = field(default_factory=dict)  # name of a variable -> its type
    reach: bytes = b""  # declarations that bring back what its names would hide
    reached: dict = field(default_factory=dict)  # functions that these bring back

    def functions(self):
        """Those that this cell makes visible: name -> {signature: part}."""
        found = {name: dict(known) for name, known in self.reached.items()}
        for part in self.chunks:
            for name, signature in part.functions.items():
                found.setdefault(name, {})[signature] = part
        return found

    def namespaces(self):
        return {name for part in self.chunks for name in part.namespaces}


class Failure(Exception):
    """A cell that did not end well: a short name, and what the reader should see."""

    def __init__(self, name, text):
        super().__init__(text)
        self.name, self.text = name, text


class Session:
    def __init__(self, toolchain, emit):
        """emit(stream, text) gets what cells print."""
        toolchain.prepare()
        self.toolchain, self.emit = toolchain, emit
        self.reader, self.host = Reader(toolchain.build), Host(toolchain.host)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cadena_notebook_"))
        self.levels, self.number, self.spelled = [], 0, True

    def close(self):
        self.host.stop()
        self.reader.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, text, name):
        """Runs a cell; `name` is how the compiler calls it. Returns warnings; raises Failure."""
        if self.toolchain.changed():
            raise Failure("Changed", "the library's headers have changed since this notebook began: leave it, and open it again "
                                     "by ./cadena notebook, which builds what is new")
        if len(self.levels) >= DEPTH:
            raise Failure("Full", f"{DEPTH} cells have defined something, and the compiler takes no more: restart the kernel, and run "
                                  "the cells again")
        self.number += 1
        code = text.encode() + b"\n"
        (self.folder / name).write_bytes(code)  # the compiler quotes from it
        try:
            includes, chunks = self.reader.split(*self.visible(), code, name)
            level = self.reaching(Level(self.number, includes, chunks))
            path, warnings = self.compiled(level)
        except CompileError as error:
            raise Failure("CompileError", OURS.sub("", str(error)) or str(error)) from None
        if warnings:
            self.emit("stderr", warnings)
        try:
            answer = self.host.run(path, self.emit)
        except Died as death:
            self.levels = []
            raise Failure("Crash", f"{death}. Its process was started anew, without any variables: run the cells again from "
                                   "the top.") from None
        self.keep(level, answer)
        if error := answer["error"]:
            raise Failure(readable(error["name"]), readable(error["text"]))

    def compiled(self, level):
        """(shared object, warnings) of a cell."""
        self.refine(level)
        try:
            return self.toolchain.cell(self.source(level)[0], self.folder, f"cell_{level.number}")
        except CompileError as error:
            # A variable's type that does not read as it was printed: repeat the definitions instead.
            if self.spelled and "<earlier cells>" in str(error):
                self.spelled = False
                return self.compiled(level)
            raise

    def refine(self, level):
        """Changes the parts of a cell where the syntax tree says so."""
        source, places = self.source(level)
        changes = self.reader.edits(source, [place[:2] for place in places])
        for start, end, part in places:
            part.text = rewrite.applied(source, changes, start, end)

    def keep(self, level, answer):
        """Adds what the cell defined, up to the part that failed, to what later cells see."""
        names = [name for part in level.chunks for name in part.names]
        level.types = {name: TAG.match(text)[1] for name, text in zip(names, answer["types"])}
        if answer["error"]:
            runs = [i for i, part in enumerate(level.chunks) if part.kind in ("variable", "statement")]
            failed = next((i for i in runs if i > answer["reached"]), len(level.chunks))
            level.chunks = level.chunks[:failed]
        if level.includes or any(part.kind != "statement" for part in level.chunks):
            self.levels.append(level)

    def opening(self, includes):
        """What stands before a cell: includes, and for each earlier one its namespace with what it declares."""
        lines = [line for level in self.levels for line in level.includes] + includes
        text = b"\n".join(lines) + b'\n# 1 "<earlier cells>"\n#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored "-Wall"\n'
        text += f"namespace {ROOT} {{ {USING}\n".encode()
        for depth, level in enumerate(self.levels):
            text += b"namespace cell_%d {\n" % level.number + level.reach
            for part in level.chunks:
                text += self.outside(self.remembered(level, part), part, depth + 1)
            text += b'\n# 1 "<earlier cells>"\n'
        return text + b"namespace cell_%d {\n#pragma GCC diagnostic pop\n" % self.number

    def visible(self):
        """The same for libclang, which reads a cell outside of all namespaces; and each name that earlier cells define, newest
        first, with the declaration that makes it known there."""
        known = {}
        for depth, level in enumerate(self.levels):
            for part in level.chunks:
                known |= {name: f"using {self.home(depth)}::{name};\n".encode() for name in part.defines if re.fullmatch(r"\w+", name)}
            known |= {name: self.reopened(name).encode() for name in level.namespaces()}
        return self.opening([]) + self.closing() + f"{USING}\n".encode(), known

    def home(self, depth):
        """The namespace of an earlier cell."""
        return "::".join(["", ROOT, *(f"cell_{each.number}" for each in self.levels[:depth + 1])])

    def closing(self):
        return b"}" * (len(self.levels) + 2) + b"\n"

    def outside(self, text, part, depth):
        """A part that adds to a library's namespace is taken out of the cells' namespaces."""
        if not part.outside:
            return text
        return b"}" * (depth + 1) + text + b"\n" + self.path(depth)

    def path(self, depth):
        """The namespaces of the first `depth` cells, the current one included, opened again."""
        numbers = [level.number for level in self.levels] + [self.number]
        return f"namespace {ROOT} {{ ".encode() + b"".join(b"namespace cell_%d { " % n for n in numbers[:depth])

    def remembered(self, level, part):
        """A part of an earlier cell as later ones read it."""
        if part.kind == "statement":
            return b""
        if part.kind != "variable" or part.with_type or not part.names:
            return part.text
        text = b""
        for name in part.names:
            kind = level.types[name]
            if not self.spelled or UNSPEAKABLE.search(kind) or CONSTANT.match(kind) or re.search(rb"\b(constexpr|thread_local)\b", part.text):
                return part.text
            text += b'\n# 1 "<earlier cells>"\nextern ::std::type_identity_t<%s> %s;' % (kind.encode(), name.encode())
        return text

    def source(self, level):
        """The source of a cell; and (start, end, part): where the text of each part stands in it."""
        text, places, names = self.opening(level.includes) + level.reach, [], []
        text += b"void cadena_cell_open();"  # the namespace is there, even if the cell is empty
        for i, part in enumerate(level.chunks):
            before, after = b"", b""
            names += part.names
            if part.kind == "variable":
                after = b"\nstatic const bool cadena_part_%d = ::cadena::notebook::reached(%d);" % (i, i)
            elif part.shown:
                before = b"\nstatic const bool cadena_part_%d = (::cadena::notebook::show([]() -> decltype(auto) { return (" % i
                after = b"\n); }), ::cadena::notebook::reached(%d));" % i
            elif part.kind == "statement":
                before = b"\nstatic const bool cadena_part_%d = ([]() -> void {" % i
                after = b"\n;}(), ::cadena::notebook::reached(%d));" % i
            elif part.outside:
                before = b"}" * (len(self.levels) + 2)
                after = b"\n" + self.path(len(self.levels) + 1)
            text += before
            places.append((len(text), len(text) + len(part.text), part))
            text += part.text + after
        tags = "".join(f"typeid(::cadena::notebook::TypeTag<decltype({name})>).name(), " for name in names)
        text += ENTRY % tags.encode() + self.closing()
        return text, places

    def reaching(self, level):
        """The level, with what brings back that which its names would hide though they do not replace it: other overloads of a
        function, and other contents of a namespace."""
        for name, own in level.functions().items():
            home, known = next(((self.home(depth), found[name]) for depth, found in self.functions() if name in found), ("", {}))
            others = {signature: part for signature, part in known.items() if signature not in own}
            if others and len(others) == len(known):
                level.reach += f"using {home}::{name};\n".encode()
                level.reached[name] = others
            else:  # named together they would clash with what is replaced: they are defined once more
                level.chunks = [replace(part, functions={name: signature}) for signature, part in others.items()] + level.chunks
        level.reach += "".join(self.reopened(name) for name in level.namespaces()).encode()
        return level

    def functions(self):
        """(depth, functions) of the cells, the newest first."""
        return ((depth, self.levels[depth].functions()) for depth in reversed(range(len(self.levels))))

    def reopened(self, name):
        """A namespace with what the newest cell that had it, and through that all earlier ones, put into it."""
        homes = [self.home(depth) for depth, level in enumerate(self.levels) if name in level.namespaces()]
        return f"namespace {name} {{ using namespace {homes[-1]}::{name}; }}\n" if homes else ""


ENTRY = rb"""
# 1 "<end of the cell>"
using cadena_init_function = void (*)();
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const cadena_init_function __start_cadena_cell_init[];
[[gnu::weak, gnu::visibility("hidden")]] extern const cadena_init_function __stop_cadena_cell_init[];
void cadena_cell_run() {
  for (const cadena_init_function* f = __start_cadena_cell_init; f != __stop_cadena_cell_init; ++f) (*f)();
}
const char* const* cadena_cell_types() {
  static const char* const names[] = {%snullptr};
  return names;
}
}
"""
