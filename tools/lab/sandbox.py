"""Runs a program that nobody trusts: with limits, as another user where this one is root, with Landlock where the
kernel has it, and with all its descendants gone afterwards."""
import dataclasses
import os
import random
import resource
import signal
import subprocess
import time

import landlock

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
    """A user number that no process has, so that limits on processes count this program's alone; None if not root."""
    if os.geteuid() != 0:
        return None
    for uid in [random.randrange(1 << 20, 1 << 30), random.randrange(30000, 60000)]:
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
    return 65534


def describe():
    """How hand-ins are kept apart here, for the record of a grade."""
    parts = ["a user of its own" if os.geteuid() == 0 else "the same user (not root)"]
    abi = landlock.version()
    parts.append(f"Landlock {abi}" if abi else "no Landlock")
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

    out = output if output is not None else subprocess.DEVNULL
    variables = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": str(folder), "HOME": str(folder),
                 "MALLOC_ARENA_MAX": "2", "CADENA_NUM_THREADS": "1"} | (environment or {})
    popen = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=variables,
                             close_fds=False, preexec_fn=prepare)  # ours close on exec
    return Process(popen, time.monotonic(), wall_seconds(limits))


def children():
    """The processes whose parent is this one."""
    found = []
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:
                found += [int(pid) for pid in file.read().split()]
        except OSError:
            pass
    return found


def descendants(pids):
    """`pids` and all that they have started."""
    found, queue = [], list(pids)
    while queue:
        pid = queue.pop()
        found.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                    queue += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return found


def end_all(keep=()):
    """Ends every descendant of this process but those in `keep`: first all stand still, then all are killed."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        mine = [pid for pid in children() if pid not in keep]
        if not mine:
            return
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in descendants(mine):
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
