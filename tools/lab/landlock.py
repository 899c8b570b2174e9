"""Landlock: a process gives up files, TCP and signals for good, without being root (Linux 5.13 and later).
https://docs.kernel.org/userspace-api/landlock.html"""
import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
READ = READ_FILE | READ_DIR
PR_SET_NO_NEW_PRIVS = 38


def version():
    """The kernel's version of Landlock; 0 where there is none."""
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def all_rights(abi):
    return (1 << (13 + (abi >= 2) + (abi >= 3) + (abi >= 5))) - 1


def restrict(readable, executable, writable):
    """From here on only these paths, and what lies below them, can be used. Called between fork and exec."""
    abi = version()
    if abi == 0:
        return
    rights = all_rights(abi)
    attributes = struct.pack("QQQ", rights, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    attributes = attributes[:24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    for paths, allowed in ((readable, READ), (executable, READ | EXECUTE), (writable, rights & ~EXECUTE)):
        for path in paths:
            if not os.path.exists(path):
                continue
            if not os.path.isdir(path):
                allowed_here = allowed & (EXECUTE | WRITE_FILE | READ_FILE | (1 << 14 if abi >= 3 else 0))
            else:
                allowed_here = allowed
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rule = struct.pack("=Qi", allowed_here, fd)
            if libc.syscall(ADD_RULE, ruleset, 1, rule, 0) != 0:
                raise OSError(ctypes.get_errno(), "landlock_add_rule: " + path)
            os.close(fd)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.syscall(RESTRICT_SELF, ruleset, 0) != 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)
