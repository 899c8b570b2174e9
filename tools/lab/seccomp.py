"""A filter of system calls: what a hand-in never needs, and what Landlock does not cover (UDP, memory that outlives the
process, other processes' memory), fails with EPERM. It needs no rights and works in containers, too.
https://docs.kernel.org/userspace-api/seccomp_filter.html"""
import ctypes
import errno
import os
import struct

import landlock

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, KILL, EPERM = 0x7fff0000, 0x80000000, 0x00050000 | errno.EPERM
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
NUMBER, ARCHITECTURE = 0, 4  # where struct seccomp_data has them
X32 = 0x40000000  # numbers of another set of calls of the same kernel

# machine: (its AUDIT_ARCH, {call: number})
MACHINES = {
    "x86_64": (0xc000003e, {
        "socket": 41, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "io_uring_setup": 425, "bpf": 321,
        "perf_event_open": 298, "userfaultfd": 323, "unshare": 272, "setns": 308, "mount": 165, "add_key": 248,
        "request_key": 249, "keyctl": 250, "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "pidfd_getfd": 438,
        "kcmp": 312, "open_by_handle_at": 304}),
    "aarch64": (0xc00000b7, {
        "socket": 198, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "io_uring_setup": 425, "bpf": 280,
        "perf_event_open": 241, "userfaultfd": 282, "unshare": 97, "setns": 268, "mount": 40, "add_key": 217,
        "request_key": 218, "keyctl": 219, "shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180, "pidfd_getfd": 438,
        "kcmp": 272, "open_by_handle_at": 265}),
}


def program():
    """The filter in the kernel's form; None for a machine whose numbers are not known here."""
    if os.uname().machine not in MACHINES:
        return None
    architecture, calls = MACHINES[os.uname().machine]
    numbers = sorted(calls.values())
    steps = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL),
             (LOAD, 0, 0, NUMBER), (AT_LEAST, len(numbers) + 1, 0, X32)]
    steps += [(EQUAL, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, EPERM)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps), len(steps)


def restrict():
    """From here on these calls fail, in this process and all it starts. True where the kernel has filters."""
    made = program()
    if made is None:
        return False
    code, length = made
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_ = struct.pack("HxxxxxxP", length, ctypes.addressof(buffer))
    landlock.libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return landlock.libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0) == 0


def available():
    """Whether `restrict` works here."""
    pid = os.fork()
    if pid == 0:
        os._exit(0 if restrict() else 1)
    return os.waitpid(pid, 0)[1] == 0
