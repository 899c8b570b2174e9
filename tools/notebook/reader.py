"""libclang in a process of its own: on code that nobody wrote before it may crash, or never come to an end."""
import ctypes
import multiprocessing
import resource
import signal
import subprocess
import sys
from multiprocessing.connection import Connection

import rewrite
from cells import Parser
from toolchain import CompileError, Toolchain

PATIENCE = 60  # seconds for a cell
MEMORY = 8 << 30  # bytes
BEYOND = "error: libclang, which takes cells apart, {}. Put the statements of this cell into a function, or split it."


class Reader:
    """Asks the process, and starts another after one that failed."""

    def __init__(self, build):
        self.build, self.process = build, None

    def split(self, before, known, code, name):
        """(includes, chunks) of a cell: Parser.split."""
        return self.ask("split", before, known, code, name)

    def edits(self, source, regions):
        """The changes that a source needs: rewrite.edits."""
        return self.ask("edits", source, regions)

    def ask(self, *question):
        if not self.process:
            self.start()
        try:
            self.pipe.send(question)
            if not self.pipe.poll(PATIENCE):
                raise CompileError(BEYOND.format(f"did not come to an end within {PATIENCE} s"))
            answer = self.pipe.recv()
        except (EOFError, OSError):
            self.stop()
            raise CompileError(BEYOND.format("crashed")) from None
        except (CompileError, KeyboardInterrupt):
            self.stop()
            raise
        if isinstance(answer, CompileError):
            raise answer
        return answer

    def start(self):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = subprocess.Popen([sys.executable, __file__, str(theirs.fileno()), str(self.build)],
                                        pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        theirs.close()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.pipe.close()
            self.process = None


def serve(pipe, build):
    """Answers questions until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the kernel's whole group gets it; it stops this process itself
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: nobody waits for an answer any more
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    parser = Parser(Toolchain(build))
    while True:
        kind, *given = pipe.recv()
        try:
            answer = parser.split(*given) if kind == "split" else rewrite.edits(parser.unit(given[0]), *given)
        except CompileError as error:
            answer = error
        pipe.send(answer)


if __name__ == "__main__":
    try:
        serve(Connection(int(sys.argv[1])), sys.argv[2])
    except EOFError:
        pass
