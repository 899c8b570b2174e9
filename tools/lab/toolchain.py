"""Compiles and links a hand-in against the library: that of the source tree, an installed one, or a release's own."""
import glob
import json
import math
import os
import pathlib
import re
import shutil
import subprocess

import uncounted
import dialect
import elf
import symbols
from errors import HandInError, LabError
from workbench import Workbench

HERE = pathlib.Path(__file__).resolve().parent
# Headers of the compiler and of the C library. Others under /usr are libraries (Eigen), which could do an exercise's work.
SYSTEM_HEADER = re.compile(r"/usr/(?:include/(?:[^/]+$|(?:c\+\+|linux|asm|asm-generic|bits|sys|arpa|net\w*|rpc|[\w]+-linux-gnu\w*)/)|lib\w*/(?:gcc\w*|clang|llvm-\d+/lib/clang)/)")
# Inside, functions are inline: no symbol tells that a hand-in calls one.
NOT_FOR_HAND_INS = r"tutorials/|tensor/cpu/|tensor/base/scalar|tensor/unary\.h"


def location():
    """The file that says which compiler and which library to use."""
    candidates = [os.environ.get("CADENA_LAB_TOOLCHAIN"), HERE / "toolchain.json",
                  HERE.parent.parent / "build" / "default" / "lab" / "toolchain.json"]
    for path in candidates:
        if path and pathlib.Path(path).is_file():
            return pathlib.Path(path)
    raise LabError("the library is not built; `./cadena lab` builds it, or set CADENA_LAB_TOOLCHAIN to a toolchain.json")


class Toolchain:
    def __init__(self, path=None):
        path = pathlib.Path(path or location())
        data = json.loads(path.read_text(encoding="utf-8").replace("@ROOT@", str(path.parent)))
        self.version = data["version"]
        # Without "..": a hand-in's user may not pass through the grader's own folder.
        self.include = [os.path.normpath(path) for path in data["include"]]
        self.libraries = [os.path.normpath(path) if path.startswith("/") else path for path in data["libraries"]]
        self.compiler = self.find_compiler(data["compiler"])
        self.kernel_flags = data.get("kernel_flags")  # None where the microscope is not in this build
        self.kernel_libraries = [os.path.normpath(path) for path in data.get("kernel_libraries", [])]
        self.kernel_include = [os.path.join(folder, "cuda/runtime/emulated/include") for folder in self.include]
        # What a program that was linked here loads: it may read these folders, and nothing else.
        shared = [self.file_of(name) for name in ("libstdc++.so.6", "libc.so.6", "libm.so.6", "libgcc_s.so.1")]
        shared += [path for path in self.libraries if ".so" in path]
        self.library_folders = sorted({os.path.dirname(os.path.realpath(path)) for path in shared if os.path.isabs(path)}
                                      | {"/etc/ld.so.cache"})
        self.loaders = sorted({os.path.realpath(path) for place in ("/lib64", "/lib") for path in glob.glob(place + "/ld-*.so*")})

    def file_of(self, library):
        return subprocess.run([self.compiler, f"-print-file-name={library}"], capture_output=True, text=True).stdout.strip()

    @staticmethod
    def find_compiler(names):
        wish = os.environ.get("CXX")
        for name in ([wish] if wish else []) + names:
            if shutil.which(name):
                return shutil.which(name)
        raise LabError(f"no compiler: none of {', '.join(names)} is installed")

    def check_version(self, needed):
        number = [int(part) for part in re.findall(r"\d+", self.version)]
        if number < [int(part) for part in re.findall(r"\d+", needed)]:
            raise LabError(f"this lab needs Cadena {needed} or later; the library here is {self.version}")

    def compile_command(self, source, object_file, folders=()):
        return [self.compiler, "-std=c++20", "-O1", "-g0", "-ffunction-sections", "-fdata-sections", "-Wall", "-Wextra",
                "-Wno-unused-parameter", *[f"-I{folder}" for folder in [*folders, *self.include]], "-MD", "-c",
                str(source), "-o", str(object_file)]

    def kernel_command(self, source, target, step="-c"):
        """For kernels under the microscope."""
        return [self.compiler, "-std=c++20", *self.kernel_flags, "-ffunction-sections", "-fno-gnu-unique", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wformat=2",
                "-Werror=format-nonliteral", "-Werror=format-security",
                *[f"-I{folder}" for folder in [*self.kernel_include, *self.include]], "-MD", "-x", "c++", step,
                str(source), "-o", str(target)]

    def check_kernels(self):
        if self.kernel_flags is None:
            raise LabError("this lab runs kernels under the microscope, which is not in this build: it needs g++ on x86-64 Linux")

    def library_names(self):
        """What the library defines."""
        return frozenset().union(*(elf.archive_symbols(path) for path in [*self.libraries, *self.kernel_libraries] if path.endswith(".a")))

    def link_command(self, objects, program, kernels=False):
        # A kernel hand-in keeps its names and lines: the emulator and its messages need them.
        return [self.compiler, *map(str, objects), "-fno-lto", "-Wl,--gc-sections" + ("" if kernels else ",-s"), "-Wl,--start-group",
                *(self.kernel_libraries if kernels else []), *self.libraries, "-Wl,--end-group", "-pthread",
                *(["-ldl"] if kernels else []), "-o", str(program)]

    def link_tests(self, object_file, program, static=False):
        """Links the lab's own tests. Throws LabError."""
        command = self.link_command([object_file], program)
        if static and subprocess.run([*command, "-static"], capture_output=True).returncode == 0:
            return
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise LabError(f"lab_test.cpp: {why_not_linked(done.stderr)}")

    def link_hand_in(self, object_file, calls, program, functions, kernels=False):
        """Links a hand-in's object file with the calls of its functions, where it can read nothing but the library."""
        folders = {os.path.dirname(path) for path in [*self.libraries, *self.kernel_libraries] if os.path.isabs(path)}
        with Workbench(readable=folders) as bench:
            bench.put("hand_in.o", object_file)
            bench.put("calls.o", calls)
            if kernels:
                self.close(bench, "hand_in.o", functions)
            end, said = bench.run(self.link_command(["hand_in.o", "calls.o"], "program", kernels), seconds=120)
            if end.status != 0:
                raise HandInError(f"it compiles, but does not link: {why_not_linked(said)}")
            shutil.copyfile(bench.box / "program", program)

    def close(self, bench, name, functions):
        """Keeps the hand-in's own copies of what headers define to itself: the library's code must not call instrumented ones.
        Only the lab's functions stay visible."""
        names = elf.Object(bench.box / name).defined_for_others()
        keep = [name for name, plain in symbols.demangle(names).items()
                if any(plain.startswith(f"lab::{function}(") for function in functions)]
        for command in (["ld", "-r", "--force-group-allocation", name, "-o", "whole.o"],
                        ["objcopy", *[f"--keep-global-symbol={symbol}" for symbol in keep], "whole.o", name]):
            end, said = bench.run(command)
            if end.status != 0:
                raise HandInError(f"{command[0]}: {said.strip()[:500]}")

    def compile_trusted(self, source, object_file, folders=(), kernels=False):
        """Compiles a source of ours, by ccache where it is installed: the same tests are compiled again and again. Throws
        LabError with what the compiler says."""
        if kernels:
            self.check_kernels()
            folders = [*folders, *self.kernel_include]
        command = self.compile_command(source.name, os.path.abspath(object_file), folders)
        cache = [shutil.which("ccache")] if shutil.which("ccache") else []
        done = subprocess.run(cache + command, cwd=source.parent, capture_output=True, text=True, env=os.environ | {"CCACHE_NOHASHDIR": "1"})
        if done.returncode != 0:
            raise LabError(f"{source} does not compile:\n{done.stderr[:4000]}")

    def compile_hand_in(self, text, header, object_file, limits, kernels=False, dialect_is_checked=True):
        """Compiles a student's text beside the lab's own header, where it can read nothing but headers. Returns what the compiler
        says of it."""
        name = "lab.cu" if kernels else "lab.cpp"
        if kernels:
            self.check_kernels()
        wall = min(4 * limits["compile_seconds"], limits.get("wall_seconds", math.inf))
        with Workbench(readable=self.include) as bench:
            bench.put(name, text)
            bench.put("lab.h", header)

            def run(command):
                end, said = bench.run(command, seconds=limits["compile_seconds"], wall_seconds=wall, memory_mb=4096)
                if end.timed_out:
                    raise HandInError(f"the compiler did not finish within {limits['compile_seconds']} s")
                if end.status != 0:
                    raise HandInError("it does not compile. " + first_error(said, text))
                return said

            def preprocessed(source):
                run(self.kernel_command(source, "lab.ii", "-E"))
                return (bench.box / "lab.ii").read_text(encoding="utf-8", errors="replace")

            def headers(lines):
                bench.put("headers.cu", lines)
                return preprocessed("headers.cu")

            checked = kernels and dialect_is_checked
            if checked:
                dialect.check_text(text)
                dialect.check_source(dialect.own_text(preprocessed(name), headers(dialect.includes(text))))
            said = run([*self.kernel_command(name, "lab.o"), "-fdump-tree-tsan-uid=lab.tsan"] if kernels else self.compile_command(name, "lab.o"))
            self.check_includes((bench.box / "lab.d").read_text(encoding="utf-8", errors="surrogateescape"), bench.box)
            if checked:
                uncounted.check((bench.box / "lab.tsan").read_text(encoding="utf-8", errors="replace"))
                dialect.check_object(bench, "lab.o")
            shutil.copyfile(bench.box / "lab.o", object_file)
            return said

    def check_includes(self, dependencies, box):
        library = [os.path.realpath(folder) + os.sep for folder in self.include]
        for path in dependencies.replace("\\\n", " ").split(":", 1)[1].split():
            full = os.path.realpath(os.path.join(box, path))
            own = [full[len(folder):] for folder in library if full.startswith(folder)]
            if own and (not full.endswith((".h", ".cuh")) or re.match(NOT_FOR_HAND_INS, own[0])):
                raise HandInError(f"it includes {path}, which is no header of the library for hand-ins")
            if not own and not full.startswith(os.path.realpath(box) + os.sep) and not SYSTEM_HEADER.match(full):
                raise HandInError(f"it includes {path}, which is neither its own, nor the library's, C++'s or the system's")


def why_not_linked(said):
    """What the linker says, in plain words."""
    missing = re.search(r"undefined reference to [`']([^`']*)[`']", said)
    twice = re.search(r"multiple definition of [`']([^`']*)[`']", said)
    if missing:
        slip = ". Has the function another name, or other types than in lab.h?" if missing.group(1).startswith("lab::") else ""
        return f"nothing defines {missing.group(1)}{slip}"
    if twice:
        return f"{twice.group(1)} is defined twice" + (": the grader has a main of its own" if twice.group(1) == "main" else "")
    return said.strip()[-1000:]


LIKELY_CAUSE = re.compile(r"lab\.c\w+:(\d+):\d+: warning: ([^\n]*) \[-W(?:return-type|(?:maybe-)?uninitialized|infinite-recursion|array-bounds=?|return-local-addr|"
                          r"dangling-pointer=?|stringop-overflow=?)\]")


def likely_cause(said, function):
    """What the compiler has warned of in the student's function that may well be why it fails; empty if nothing."""
    for part in re.split(r"^(?=\S*lab\.c\w+: In )", said, flags=re.MULTILINE):
        found = LIKELY_CAUSE.search(part)
        if found and re.match(rf"[^\n]*\blab::{function}\(", part):
            return f"the compiler warns of line {found[1]}: {found[2]}"
    return ""


EXPLANATIONS = [
    (r"expected primary-expression before '<' token", "kernel<<<grid, block>>>(...) is written launch(kernel, {{.grid = grid, .block = block}}, ...) here."),
    (r"'(\w+)' was not declared in this scope", "Nothing of the name '{0}' is known there: a slip, or a missing #include, std:: or cadena::."),
    (r"use of undeclared identifier '(\w+)'", "Nothing of the name '{0}' is known there: a slip, or a missing #include, std:: or cadena::."),
    (r"expected ';'", "A semicolon is missing before that place."),
    (r"expected '([^']+)'", "A '{0}' is missing there."),
    (r"no matching function for call to '(\w+)", "'{0}' takes other arguments: compare number and types."),
    (r"could not convert .* from '([^']+)' to '([^']+)'", "A {0} stands where a {1} is asked for."),
    (r"'(\w+)' is not a member of 'std'", "'std::{0}' is declared in a header that is not included yet."),
    (r"'(?:const )?(?:class |struct )?cadena::Tensor' has no member named '(\w+)'", "Functions of the library mostly stand alone: {0}(x), not x.{0}()."),
    (r"discards qualifiers", "It is const: change a copy of it, cadena::copy(x)."),
    (r"'(\w+)' is not captured", "The lambda does not see '{0}': begin it with [&]."),
    (r"'(\w+)' is not a member of 'cadena'", "The library has no '{0}': look at the headers."),
    (r"(\S+): No such file or directory", "There is no header {0}."),
    (r"(\S+): Permission denied", "A hand-in may not include {0}."),
    (r"conflicting declaration|ambiguating new declaration", "The function's types differ from those in lab.h."),
]


def first_error(said, text):
    """The compiler's first error in plain words, with the line it is about."""
    match = re.search(r"^(?:[^\n:]*/)?([\w.]+):(\d+):(?:(\d+):)? (?:fatal )?error: ([^\n]*)", said, re.MULTILINE)
    if not match and re.search(r"signal terminated program|out of memory|memory exhausted|allocate .* bytes", said):
        return "The compiler would need more memory, or write larger files, than it may here."
    if not match:
        return re.sub(r"\S*/box/", "", said).strip()[:500]  # of the assembler, which knows no lines of lab.cpp
    file, line, column, message = match.groups()
    message = message.replace("‘", "'").replace("’", "'")
    words = f"The first error is in {file}, line {line}: {message}" + "." * (message[-1:] not in ".?!")
    lines = text.split("\n")
    if file in ("lab.cpp", "lab.cu") and int(line) <= len(lines):
        words += f"\n    {lines[int(line) - 1]}"
        if column:
            words += "\n    " + " " * (int(column) - 1) + "^"
    else:
        asked = re.search(r"^(?:[^\n:]*/)?(lab\.c\w+):(\d+):\d+: +required from here", said, re.MULTILINE)
        if asked and int(asked[2]) <= len(lines):
            words += f"\nIt is asked for in {asked[1]}, line {asked[2]}:\n    {lines[int(asked[2]) - 1]}"
    for pattern, explanation in EXPLANATIONS:
        found = re.search(pattern, message)
        if found:
            words += "\n" + explanation.format(*found.groups())
            break
    return words
