"""Which C library a release's prebuilt library asks for: what its objects call, and since when this machine's has that."""
import re
import subprocess

# Its libc6, and its libstdc++6 and libgcc-s1, which are GCC 12's.
UBUNTU_22_04 = {"GLIBC": (2, 35), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13), "GCC": (12, 0, 0)}
LIBRARIES = ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1")


def nm(*arguments):
    return subprocess.run(["nm", *arguments], capture_output=True, text=True, errors="replace").stdout.split("\n")


def number(version):
    """(2, 35) of "GLIBC_2.35"."""
    return tuple(map(int, version.partition("_")[2].split(".")))


def versions(shared_libraries):
    """{function: "GLIBC_2.35"}, the first version that has it. Where a later one has it anew (pthread_create in 2.34, fmod in
    2.38) that does not count: objects in a static library ask for no version, so the image's linker takes the one it has."""
    found = {}
    for path in shared_libraries:
        for line in nm("-D", "--defined-only", path):
            match = re.search(r" (\S+?)@@?([A-Z]+_[\d.]+)$", line)
            if match and (match[1] not in found or number(match[2]) < number(found[match[1]])):
                found[match[1]] = match[2]
    return found


def called(archives):
    """The functions that objects in these static libraries take from elsewhere."""
    return {line.split()[-1] for line in nm("--undefined-only", *archives) if re.match(r"^\s+U ", line)}


def newest(names, since):
    """{"GLIBC": (2, 35), ...}: the newest version that one of `names` came with."""
    result = {}
    for name in names & set(since):
        family = since[name].partition("_")[0]
        result[family] = max(result.get(family, ()), number(since[name]))
    return {family: asked for family, asked in sorted(result.items()) if family in UBUNTU_22_04}


def needs(chain, objects=()):
    """What the toolchain's static libraries, and these objects, ask for."""
    archives = [path for path in [*chain.libraries, *chain.kernel_libraries] if path.endswith(".a")]
    return newest(called([*archives, *objects]), versions([chain.file_of(name) for name in LIBRARIES]))


def words(needed):
    return ", ".join(f"{family}_{'.'.join(map(str, asked))}" for family, asked in needed.items())


def warnings(needed, libraries):
    """What an instructor has to know; nothing where Gradescope's oldest image will do."""
    shared = [path for path in libraries if not path.endswith(".a") and not path.startswith("-")]
    if shared:
        yield f"warning: hand-ins are linked against {', '.join(shared)}, which the image must have: `./cadena lab release` builds without"
    newer = {family: asked for family, asked in needed.items() if asked > UBUNTU_22_04[family]}
    if newer:
        yield (f"warning: built here, the library asks for {words(newer)}, which Ubuntu 22.04 does not have: choose a newer base image "
               "at Gradescope, or make the release on Ubuntu 22.04 or Debian 12 (the Containerfile is one)")
