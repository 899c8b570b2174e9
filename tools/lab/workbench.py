"""Where compiler, linker and binutils work on a hand-in. Its text and its object file are the hand-in's own making, and so
is all that a tool may be led to by them: each runs with limits, as another user, and sees its own folder alone."""
import os
import pathlib
import shutil
import tempfile

import sandbox


class Workbench:
    """`with Workbench(readable=folders) as bench:` a folder that is gone afterwards."""

    def __init__(self, readable=()):
        self.readable = [str(path) for path in readable]
        self.user = sandbox.user_to_run_as() if all(map(readable_by_others, self.readable)) else None

    def __enter__(self):
        self.work = tempfile.TemporaryDirectory(prefix="cadena-lab-")
        os.chmod(self.work.name, 0o711)
        self.box = pathlib.Path(self.work.name) / "box"
        self.box.mkdir()
        return self

    def __exit__(self, *_):
        self.work.cleanup()

    def put(self, name, content):
        """A file: a text, or a copy of the file at a path."""
        if isinstance(content, str):
            (self.box / name).write_text(content, encoding="utf-8", errors="surrogateescape")
        else:
            shutil.copyfile(content, self.box / name)
        if self.user is not None:
            os.chown(self.box / name, self.user, self.user)

    def run(self, command, *, seconds=60, wall_seconds=240, memory_mb=2048, most=1 << 20):
        """(how it ended, the first `most` bytes of what it said)."""
        with open(os.path.join(self.work.name, "messages"), "w+b") as messages:
            process = sandbox.start(
                command, folder=str(self.box), user=self.user, output=messages, readable=self.readable, executable=sandbox.SYSTEM,
                limits={"seconds": seconds, "wall_seconds": wall_seconds, "memory_mb": memory_mb, "processes": 32})
            end = sandbox.finish(process)
            messages.seek(0)
            return end, messages.read(most).decode("utf-8", "surrogateescape")


def readable_by_others(path):
    path = pathlib.Path(path).resolve()
    return all(step.stat().st_mode & 0o1 for step in [path if path.is_dir() else path.parent, *path.parents])
