#!/usr/bin/env python3
"""A Jupyter kernel for C++: each cell is compiled by the build's compiler and loaded into one process. docs/notebooks.md says
what a cell may hold. Jupyter starts it; `./cadena notebook` installs it into the environment of the notebooks."""
import base64
import contextlib
import pathlib

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

from session import Failure, Session
from toolchain import CompileError, NotebookError, Toolchain

PICTURES = {".svg": "image/svg+xml", ".png": "image/png"}
OUTPUT = 1_000_000  # characters that a cell may print: a browser would choke on an endless loop's
DEPTH = 3  # figures are looked for in the working folder and in folders within it, at most so deep


def pictures():
    """The pictures below the working folder -> when they were written. What is no file, or is gone meanwhile, is none."""
    here, found = pathlib.Path.cwd(), {}
    for path in (path for depth in range(DEPTH) for suffix in PICTURES for path in here.glob("*/" * depth + "*" + suffix)):
        with contextlib.suppress(OSError):
            if path.is_file():
                found[path] = path.stat().st_mtime_ns
    return found


class CadenaKernel(Kernel):
    implementation = "cadena"
    implementation_version = "1.0"
    banner = "C++20 with Cadena, compiled cell by cell"
    language_info = {"name": "c++", "mimetype": "text/x-c++src", "file_extension": ".cpp", "codemirror_mode": "text/x-c++src",
                     "pygments_lexer": "cpp"}

    cells = None  # the Session, made by the first cell
    printed = 0  # characters, by the cell that runs

    def say(self, stream, text):
        left, self.printed = OUTPUT - self.printed, self.printed + len(text)
        if left > 0:
            text = text if len(text) <= left else text[:left] + "\n... and more, which is not shown\n"
            self.send_response(self.iopub_socket, "stream", {"name": stream, "text": text})

    async def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_):
        before, self.printed = pictures(), 0
        try:
            if not self.cells:
                self.cells = Session(Toolchain(), self.say)
            if code.strip():
                self.cells.execute(code, f"cell {self.execution_count}")
        except (Failure, NotebookError, CompileError) as failure:
            return self.failed(getattr(failure, "name", "Setup"), str(failure))
        except KeyboardInterrupt:
            return self.failed("Interrupted", "interrupted before the cell ran")
        except Exception as fault:  # without an answer Jupyter would wait for one forever
            return self.failed("KernelError", f"the kernel itself failed, not the cell: {type(fault).__name__}: {fault}")
        finally:
            self.show_new(before)
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

    def failed(self, name, text):
        error = {"ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}
        self.send_response(self.iopub_socket, "error", error)
        return {"status": "error", "execution_count": self.execution_count, **error}

    def show_new(self, before):
        """The figures that the cell wrote, in the order in which it did."""
        for path, time in sorted(pictures().items(), key=lambda item: item[1]):
            if before.get(path) == time:
                continue
            try:
                data = path.read_bytes()
            except OSError as error:
                self.say("stderr", f"{path.name} cannot be shown: {error.strerror}\n")
                continue
            content = data.decode(errors="replace") if path.suffix == ".svg" else base64.b64encode(data).decode()
            self.send_response(self.iopub_socket, "display_data",
                               {"data": {PICTURES[path.suffix]: content, "text/plain": path.name}, "metadata": {}})

    async def do_shutdown(self, restart):
        if self.cells:
            self.cells.close()
        return {"status": "ok", "restart": restart}


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=CadenaKernel)
