"""How cells are compiled: by the build's compiler, with its flags, against a precompiled header of the whole library."""
import contextlib
import fcntl
import json
import os
import pathlib
import re
import subprocess

from clang import cindex

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCOPE = re.compile(r"notebook_cells::(?:cell_\d+::)*")
PLACE = re.compile(r"^\S[^\n]*: (?:In lambda function|At global scope):\n", re.M)  # the lambda is ours


class NotebookError(Exception):
    """Something that the reader has to mend, in words."""


class CompileError(Exception):
    """What the compiler said."""


def readable(text):
    """Text of the compiler without the scopes that cells stand in."""
    return PLACE.sub("", SCOPE.sub("", text))


class Toolchain:
    def __init__(self, build=None):
        build = pathlib.Path(build or os.environ.get("CADENA_BUILD") or ROOT / "build" / "default")
        path = build / "notebook" / "toolchain.json"
        if not path.is_file():
            raise NotebookError(f"{build} holds no build for notebooks: run ./cadena notebook, which makes one")
        data = json.loads(path.read_text(encoding="utf-8"))
        self.build, self.compiler, self.objcopy, self.host = build, data["compiler"], data["objcopy"], data["host"]
        if not pathlib.Path(self.host).exists():
            raise NotebookError(f"{self.host} is not built: run ./cadena build default cadena_notebook")
        include, define, flags = (list(filter(None, data[key].split(";"))) for key in ("include", "define", "flags"))
        self.language = ["-std=c++20", *dict.fromkeys(f"-I{folder}" for folder in include), *(f"-D{name}" for name in define)]
        self.flags = [*self.language, "-O2", "-fPIC", *flags]
        self.cache = path.parent / "cache"
        self.listed, self.stamp = self.cache / "cells.d", self.cache / "cells.pch"  # what the headers include; made last

    def prepare(self):
        """Makes the precompiled headers of both compilers, unless they are there and newer than every header in them."""
        self.cache.mkdir(exist_ok=True)
        with self.alone():
            key = json.dumps([self.compiler, self.flags, self.clang_flags(), cindex.__file__])
            saved = self.cache / "flags.json"
            if self.stamp.exists() and saved.exists() and saved.read_text(encoding="utf-8") == key and not self.newer():
                self.made = self.stamp.stat().st_mtime
                return
            header = self.cache / "cells.h"
            header.write_text(f'#include "{HERE / "cell.h"}"\n', encoding="utf-8")
            self.run([self.compiler, *self.flags, "-x", "c++-header", header, "-MD", "-MF", self.listed, "-o", f"{header}.gch"])
            unit = cindex.Index.create().parse(str(header), args=["-x", "c++-header", *self.clang_flags()],
                                               options=cindex.TranslationUnit.PARSE_INCOMPLETE)
            if wrong := [d.spelling for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]:
                raise NotebookError(f"libclang cannot read cadena.h: {wrong[0]}")
            unit.save(str(self.stamp))
            saved.write_text(key, encoding="utf-8")
            self.made = self.stamp.stat().st_mtime

    def changed(self):
        """True if a header of the library is another one than it was when prepare() was called."""
        return self.newer() or self.stamp.stat().st_mtime != self.made

    @contextlib.contextmanager
    def alone(self):
        """No other kernel prepares the same folder meanwhile."""
        with open(self.cache / ".lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def newer(self):
        """True if a file that the list of dependencies names was changed after the precompiled headers, or is gone."""
        listed = self.listed.read_text(encoding="utf-8").replace("\\\n", " ").split(": ", 1)[1]
        try:
            made = self.stamp.stat().st_mtime
            return any(os.stat(name.replace("\\ ", " ")).st_mtime > made for name in re.split(r"(?<!\\)\s+", listed.strip()))
        except FileNotFoundError:
            return True

    def clang_flags(self):
        """What libclang needs to read the same headers; it comes without headers of its own."""
        said = subprocess.run([self.compiler, "-x", "c++", "-E", "-v", os.devnull], capture_output=True, text=True, check=True,
                              env={**os.environ, "LC_ALL": "C"})
        folders = said.stderr.split("#include <...> search starts here:")[1].split("End of search list.")[0].split()
        own = [word for word in self.language if not (word.startswith("-I") and word[2:] in folders)]
        return [*own, "-fPIC", "-fbracket-depth=10000", "-Xclang", "-fincremental-extensions", "-nostdinc", *(word for folder in folders for word in ("-isystem", folder))]

    def run(self, command, folder=None):
        """Runs a command; raises CompileError with what it said if it fails, otherwise returns that: warnings."""
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=folder,
                              env={**os.environ, "LC_ALL": "C.UTF-8"}, errors="replace")
        if done.returncode:
            raise CompileError(readable(done.stderr or done.stdout))
        return readable(done.stderr)

    def cell(self, source, folder, name):
        """Compiles the source of a cell into a shared object; returns its path and the warnings."""
        (folder / f"{name}.cpp").write_bytes(source)
        warnings = self.run([self.compiler, *self.flags, "-include", self.cache / "cells.h", "-Winvalid-pch", "-Wall",
                             "-Wno-unused", "-fdiagnostics-color=never", "-c", f"{name}.cpp", "-o", f"{name}.o"], folder)
        # The loader would run initializers itself, and no exception may pass through it: in a section of another name
        # they wait for the host.
        self.run([self.objcopy, "--rename-section", ".init_array=cadena_cell_init,alloc,load,data,contents", f"{name}.o"], folder)
        self.run([self.compiler, "-shared", f"{name}.o", "-o", f"{name}.so"], folder)
        return folder / f"{name}.so", warnings
