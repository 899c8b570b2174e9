"""The process that cells run in: started again after a crash, stopped by an interrupt, its output passed on as it comes."""
import codecs
import json
import os
import secrets
import selectors
import signal
import subprocess
import time

PATIENCE = 2.0  # seconds that an interrupted cell has to reach its next loop


class Died(Exception):
    """The process is gone, and all variables with it; says why."""


class Stream:
    """One stream of the process: what comes before the mark is handed on, without tearing letters or the mark apart."""

    def __init__(self, mark, emit):
        self.mark, self.emit = mark, emit
        self.decoder, self.rest, self.ended = codecs.getincrementaldecoder("utf-8")("replace"), "", False

    def feed(self, data):
        self.rest += self.decoder.decode(data, final=not data)
        text, mark, after = self.rest.partition(self.mark)
        if mark:
            self.rest, self.ended = after, True
        else:
            keep = max((n for n in range(len(self.mark)) if data and text.endswith(self.mark[:n])), default=0)
            text, self.rest = text[:len(text) - keep], text[len(text) - keep:]
        if text:
            self.emit(text)


class Host:
    def __init__(self, program):
        self.program, self.process = program, None

    def start(self):
        self.mark = f"\x1e{secrets.token_hex(8)}\x1e"
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        # A group of its own: Jupyter interrupts the kernel's whole group, and this process only through interrupt().
        self.process = subprocess.Popen([self.program, str(commands), str(answers), self.mark], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[commands, answers],
                                        start_new_session=True)
        os.close(commands)
        os.close(answers)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdout, self.process.stderr):
                pipe.close()
            os.close(self.commands)
            os.close(self.answers)
            self.process = None

    def run(self, path, emit):
        """Runs a compiled cell: emit(stream name, text) gets what it prints; returns its answer, or raises Died. An interrupt is
        passed on to the cell."""
        asked = []
        before = signal.signal(signal.SIGINT, lambda *_: asked.append(True))
        try:
            if not self.process:
                self.start()
            return json.loads(self.answer(path, emit, asked))
        except Died:
            self.stop()
            raise
        finally:
            signal.signal(signal.SIGINT, before)

    def answer(self, path, emit, asked):
        streams = {self.process.stdout.fileno(): Stream(self.mark, lambda text: emit("stdout", text)),
                   self.process.stderr.fileno(): Stream(self.mark, lambda text: emit("stderr", text))}
        answer, deadline = b"", None
        with selectors.DefaultSelector() as ready:
            for number in (*streams, self.answers):
                ready.register(number, selectors.EVENT_READ)
            os.write(self.commands, f"{path}\n".encode())
            while not (answer.endswith(b"\n") and all(stream.ended for stream in streams.values())):
                events = ready.select(timeout=0.1)
                for key, _ in events:
                    data = os.read(key.fd, 65536)
                    if key.fd in streams:
                        streams[key.fd].feed(data)
                    answer += data if key.fd == self.answers else b""
                    if not data:
                        ready.unregister(key.fd)
                if not ready.get_map() or (not events and self.process.poll() is not None):
                    raise Died(self.epitaph())
                if asked and not deadline:
                    self.process.send_signal(signal.SIGINT)
                    deadline = time.monotonic() + PATIENCE
                if deadline and time.monotonic() > deadline:
                    raise Died(f"the cell did not stop within {PATIENCE:g} s, so its process was ended")
        return answer

    def epitaph(self):
        """How the process came to its end."""
        status = self.process.wait()
        if status >= 0:
            return f"the cell ended the process (exit status {status})"
        number = -status
        return f"the cell crashed: {signal.strsignal(number)} ({signal.Signals(number).name})"
