"""Compiles and links a hand-in against the library: that of the source tree, an installed one, or a release's own."""
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import dialect
import sandbox
import symbols
from errors import HandInError, LabError

HERE = pathlib.Path(__file__).resolve().parent


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

    def close(self, object_file, functions):
        """Keeps the hand-in's own copies of what headers define to itself: the library's code must not call instrumented ones.
        Only the lab's functions stay visible."""
        whole = f"{object_file}.whole"
        keep = [name for name, plain in symbols.demangle(symbols.strong(object_file)).items()
                if any(plain.startswith(f"lab::{function}(") for function in functions)]
        for command in (["ld", "-r", "--force-group-allocation", str(object_file), "-o", whole],
                        ["objcopy", *[f"--keep-global-symbol={name}" for name in keep], whole, str(object_file)]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise LabError(f"{command[0]}: {done.stderr.strip()[:500]}")

    def link(self, objects, program, static=False, kernels=False):
        # A kernel hand-in keeps its names and lines: the emulator and its messages need them.
        command = [self.compiler, *map(str, objects), "-Wl,--gc-sections" + ("" if kernels else ",-s"), "-Wl,--start-group",
                   *(self.kernel_libraries if kernels else []), *self.libraries, "-Wl,--end-group", "-pthread",
                   *(["-ldl"] if kernels else []), "-o", str(program)]
        if static and subprocess.run([*command, "-static"], capture_output=True).returncode == 0:
            return
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            missing = re.search(r"undefined reference to [`']([^`']*)[`']", done.stderr)
            why = f"nothing defines {missing.group(1)}" if missing else done.stderr.strip()[-1000:]
            raise HandInError(f"it compiles, but does not link: {why}")

    def compile_trusted(self, source, object_file, folders=(), kernels=False):
        """Compiles a source of ours. Throws LabError with what the compiler says."""
        if kernels:
            self.check_kernels()
            folders = [*folders, *self.kernel_include]
        done = subprocess.run(self.compile_command(source, object_file, folders), capture_output=True, text=True)
        if done.returncode != 0:
            raise LabError(f"{source} does not compile:\n{done.stderr[:4000]}")

    def compile_hand_in(self, text, header, object_file, limits, kernels=False, dialect_is_checked=True):
        """Compiles a student's text beside the lab's own header, where it can read nothing but headers."""
        name = "lab.cu" if kernels else "lab.cpp"
        if kernels:
            self.check_kernels()
        with tempfile.TemporaryDirectory(prefix="cadena-lab-") as work:
            user = sandbox.user_to_run_as()
            if user is not None and not all(readable_by_others(folder) for folder in self.include):
                user = None
            box = pathlib.Path(work) / "hand-in"
            box.mkdir()
            os.chmod(work, 0o711)
            (box / name).write_text(text, encoding="utf-8")
            (box / "lab.h").write_text(header, encoding="utf-8")
            for path in box.iterdir():
                if user is not None:
                    os.chown(path, user, user)

            def run(command):
                with open(pathlib.Path(work) / "messages", "w+", encoding="utf-8", errors="replace") as messages:
                    process = sandbox.start(
                        command, folder=str(box), user=user, output=messages,
                        limits={"seconds": limits["compile_seconds"], "wall_seconds": 4 * limits["compile_seconds"], "memory_mb": 4096,
                                "processes": 32},
                        readable=[str(folder) for folder in self.include], executable=sandbox.SYSTEM)
                    end = sandbox.finish(process)
                    messages.seek(0)
                    said = messages.read(1 << 20)
                if end.timed_out:
                    raise HandInError(f"the compiler did not finish within {limits['compile_seconds']} s")
                if end.status != 0:
                    raise HandInError("it does not compile. " + first_error(said, text))

            checked = kernels and dialect_is_checked
            if checked:
                dialect.check_text(text)
                run(self.kernel_command(name, "lab.ii", "-E"))
                dialect.check_source((box / "lab.ii").read_text(encoding="utf-8", errors="replace"), name)
            run(self.kernel_command(name, "lab.o") if kernels else self.compile_command(name, "lab.o"))
            self.check_includes((box / "lab.d").read_text(encoding="utf-8"), box)
            if checked:
                dialect.check_object(box / "lab.o")
            shutil.copyfile(box / "lab.o", object_file)

    def check_includes(self, dependencies, box):
        allowed = [str(box), "/usr/", *[str(pathlib.Path(folder).resolve()) for folder in self.include]]
        for path in dependencies.replace("\\\n", " ").split(":", 1)[1].split():
            full = os.path.realpath(os.path.join(box, path))
            if not any(full.startswith(os.path.realpath(place)) for place in allowed):
                raise HandInError(f"it includes {path}, which is neither its own, the library's nor the system's")
            own = any(full.startswith(os.path.realpath(folder) + os.sep) for folder in self.include)
            if own and (not full.endswith((".h", ".cuh")) or "/tutorials/" in full):
                raise HandInError(f"it includes {path}, which is no header of the library")


def readable_by_others(folder):
    path = pathlib.Path(folder).resolve()
    return all(step.stat().st_mode & 0o1 for step in [path, *path.parents])


EXPLANATIONS = [
    (r"expected primary-expression before '<' token", "kernel<<<grid, block>>>(...) is written launch(kernel, {{.grid = grid, .block = block}}, ...) here."),
    (r"'(\w+)' was not declared in this scope", "Nothing of the name '{0}' is known there: a slip, or a missing #include or cadena::."),
    (r"use of undeclared identifier '(\w+)'", "Nothing of the name '{0}' is known there: a slip, or a missing #include or cadena::."),
    (r"expected ';'", "A semicolon is missing before that place."),
    (r"expected '([^']+)'", "A '{0}' is missing there."),
    (r"no matching function for call to '(\w+)", "'{0}' takes other arguments: compare number and types."),
    (r"could not convert .* from '([^']+)' to '([^']+)'", "A {0} stands where a {1} is asked for."),
    (r"'(\w+)' is not a member of 'cadena'", "The library has no '{0}': look at the headers."),
    (r"(\S+): No such file or directory", "There is no header {0}."),
    (r"(\S+): Permission denied", "A hand-in may not include {0}."),
    (r"conflicting declaration|ambiguating new declaration", "The function's types differ from those in lab.h."),
]


def first_error(said, text):
    """The compiler's first error in plain words, with the line it is about."""
    match = re.search(r"^(?:[^\n:]*/)?([\w.]+):(\d+):(?:(\d+):)? (?:fatal )?error: ([^\n]*)", said, re.MULTILINE)
    if not match:
        return said.strip()[:500]
    file, line, column, message = match.groups()
    message = message.replace("‘", "'").replace("’", "'")
    words = f"The first error is in {file}, line {line}: {message}."
    lines = text.split("\n")
    if file in ("lab.cpp", "lab.cu") and int(line) <= len(lines):
        words += f"\n    {lines[int(line) - 1]}"
        if column:
            words += "\n    " + " " * (int(column) - 1) + "^"
    for pattern, explanation in EXPLANATIONS:
        found = re.search(pattern, message)
        if found:
            words += "\n" + explanation.format(*found.groups())
            break
    return words
