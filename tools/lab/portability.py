"""Which C library a release's prebuilt library asks for: what its objects call, and since when this machine's has that."""
import re
import subprocess

UBUNTU_22_04 = {"GLIBC": (2, 35), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13)}  # its libc6, and its libstdc++6, which is GCC 12's
LIBRARIES = ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1")


def nm(*arguments):
    return subprocess.run(["nm", *arguments], capture_output=True, text=True, errors="replace").stdout.split("\n")


def versions(shared_libraries):
    """{function: "GLIBC_2.35"}, the first version that has it."""
    found = {}
    for path in shared_libraries:
        for line in nm("-D", "--defined-only", path):
            match = re.search(r" (\S+?)@@?([A-Z]+_[\d.]+)$", line)
            if match:
                found.setdefault(match[1], match[2])
    return found


def called(archives):
    """The functions that objects in these static libraries take from elsewhere."""
    return {line.split()[-1] for line in nm("--undefined-only", *archives) if re.match(r"^\s+U ", line)}


def newest(names, since):
    """{"GLIBC": (2, 35), ...}: the newest version that one of `names` came with."""
    result = {}
    for name in names & set(since):
        family, _, number = since[name].partition("_")
        number = tuple(map(int, number.split(".")))
        result[family] = max(result.get(family, ()), number)
    return {family: number for family, number in sorted(result.items()) if family in UBUNTU_22_04}


def needs(chain):
    """What the toolchain's static libraries ask for."""
    archives = [path for path in [*chain.libraries, *chain.kernel_libraries] if path.endswith(".a")]
    return newest(called(archives), versions([chain.file_of(name) for name in LIBRARIES]))


def words(needed):
    return ", ".join(f"{family}_{'.'.join(map(str, number))}" for family, number in needed.items())


def warnings(needed, libraries):
    """What an instructor has to know; nothing where Gradescope's oldest image will do."""
    shared = [path for path in libraries if not path.endswith(".a") and not path.startswith("-")]
    if shared:
        yield f"warning: hand-ins are linked against {', '.join(shared)}, which the image must have: `./cadena lab release` builds without"
    newer = {family: number for family, number in needed.items() if number > UBUNTU_22_04[family]}
    if newer:
        yield (f"warning: built here, the library asks for {words(newer)}, which Ubuntu 22.04 does not have: choose a newer base image "
               "at Gradescope, or make the release on Ubuntu 22.04 or Debian 12 (the Containerfile is one)")
