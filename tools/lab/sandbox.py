"""Runs a program that nobody trusts: with limits, as another user where this one is root, with Landlock and a filter of
system calls where the kernel has them, and with all its descendants gone afterwards."""
import contextlib
import dataclasses
import os
import random
import resource
import signal
import subprocess
import tempfile
import time

import landlock
import seccomp

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36
SYSTEM = ["/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"]
DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom"]


@dataclasses.dataclass
class Process:
    """A started program: `finish` waits for it."""
    popen: subprocess.Popen
    begin: float
    seconds: float  # of the wall's clock it may take


@dataclasses.dataclass
class End:
    status: int  # exit status, or minus the signal that ended it
    timed_out: bool
    seconds: float


def user_to_run_as():
    """A user number that no process has, so that limits on processes count this program's alone; None where this process
    cannot become another user: it is not root, or root of a container that has no other."""
    if os.geteuid() != 0:
        return None
    for uid in [random.randrange(1 << 20, 1 << 30), random.randrange(30000, 60000), 65534]:
        pid = os.fork()
        if pid == 0:
            try:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
                os._exit(0)
            except OSError:
                os._exit(1)
        if os.waitpid(pid, 0)[1] == 0:
            return uid
    return None


def describe():
    """How hand-ins are kept apart here, for the record of a grade."""
    parts = ["a user of its own" if user_to_run_as() is not None else "the same user (not root)"]
    abi = landlock.version()
    parts.append(f"Landlock {abi}" if abi else "no Landlock")
    parts.append("seccomp" if seccomp.available() else "no seccomp")
    return ", ".join(parts)


def own_threads():
    """Processes and threads this user has: the limit counts all of them."""
    count, uid = 0, os.getuid()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == uid:
                    count += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                pass
    return count


def guard_this_process():
    """Orphans of the programs we start become our children; no process of this user may look into this one."""
    landlock.libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    landlock.libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    while os.open("/dev/null", os.O_RDONLY) < 8:
        pass  # 3, 4, ... are taken: between fork and exec they become a program's channel


def give_way(points):
    """Where memory runs out, the kernel ends this process before others with fewer points."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write(str(points))
    except OSError:
        pass


def wall_seconds(limits):
    """The limit in seconds is on the processor's time; on a machine with much to do that takes longer."""
    return limits.get("wall_seconds") or 6 * limits["seconds"]


def start(command, *, folder, limits, user, readable=(), executable=(), descriptors=(), output=None, environment=None):
    """Starts `command` in `folder`, which it may write to. `descriptors` become 3, 4, ...; output goes to a file."""
    seconds, memory = int(limits["seconds"]), int(limits["memory_mb"]) << 20
    processes = int(limits["processes"]) + (0 if user is not None else own_threads())
    if user is not None:
        os.chown(folder, user, user)
    os.chmod(folder, 0o700)

    def prepare():
        os.setsid()
        give_way(1000)
        keep = [os.dup(fd) for fd in descriptors]  # out of the way of the numbers they get
        for number, fd in enumerate(keep, 3):
            os.dup2(fd, number)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        for what, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 64 << 20), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64)):
            resource.setrlimit(what, (value, value))
        landlock.restrict(list(readable) + DEVICES, executable, [folder, "/dev/null"])
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
        landlock.libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        seccomp.restrict()

    out = output if output is not None else subprocess.DEVNULL
    variables = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": str(folder), "HOME": str(folder),
                 "MALLOC_ARENA_MAX": "2", "CADENA_NUM_THREADS": "1"} | (environment or {})
    popen = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=variables,
                             close_fds=False, preexec_fn=prepare)  # ours close on exec
    return Process(popen, time.monotonic(), wall_seconds(limits))


@contextlib.contextmanager
def scratch():
    """A folder that is gone afterwards, however deep or closed what a hand-in has made in it."""
    path = tempfile.mkdtemp(prefix="cadena-lab-")
    try:
        yield path
    finally:
        for command in (["rm", "-rf"], ["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            if os.path.lexists(path):
                subprocess.run([*command, path], stderr=subprocess.DEVNULL)


def children_of_all():
    """{process: its children}. Read from each process's own entry: lists of children are not in every kernel."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError):
                continue
            found.setdefault(parent, []).append(int(name))
    return found


def descendants(pids, children):
    """`pids` and all that they have started."""
    found, queue = [], list(pids)
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def end_all(keep=()):
    """Ends every descendant of this process but those in `keep`: first all stand still, then all are killed."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        children = children_of_all()
        mine = [pid for pid in children.get(os.getpid(), []) if pid not in keep]
        if not mine:
            return
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in descendants(mine, children if number == signal.SIGSTOP else children_of_all()):
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
        for pid in mine:
            try:
                os.waitpid(pid, os.WNOHANG)
            except OSError:
                pass
        time.sleep(0.01)


def finish(process, keep=()):
    """Waits for the program, ends it and its descendants where its time is up, and tells how it ended."""
    left = process.begin + process.seconds - time.monotonic()
    try:
        process.popen.wait(max(0, left))
        timed_out = False
    except subprocess.TimeoutExpired:
        timed_out = True
    if timed_out:
        os.kill(process.popen.pid, signal.SIGKILL)
        process.popen.wait()
    end_all(keep)
    return End(process.popen.returncode, timed_out or process.popen.returncode == -signal.SIGXCPU,
               time.monotonic() - process.begin)
