#!/usr/bin/env python3
"""Rewrites what only nvcc parses, line by line, so that a C++ compiler builds the same program for the emulator:
  kernel<<<grid, block, bytes, stream>>>(arguments)   becomes a call of launch_with_chevrons
  extern __shared__ T name[];                         becomes a pointer to the dynamic shared memory, outside of
                                                      functions an object that stands for one
Usage: launch_syntax.py FILE.cu | --self-test"""
import re
import sys

HEADER = '#include "cuda/runtime/emulated/chevrons.h"\n'
KERNEL = re.compile(r"((?:::)?\b[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*(?:\s*<[^<>;(){}]*(?:<[^<>;(){}]*>[^<>;(){}]*)*>)?)\s*<<<")
SHARED = re.compile(r"\bextern\s+__shared__\s+((?:__align__\s*\([^)]*\)\s*)?)((?:unsigned\s+)?[\w:]+)\s+"
                    r"((?:__align__\s*\([^)]*\)\s*)?)(\w+)\s*\[\s*\]\s*;")
SKIP = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def blanked(text):
    """The text with comments and strings turned to blanks, so that positions stay."""
    return SKIP.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def is_in_function(plain, end):
    """Whether a brace other than a namespace's is open at `end`."""
    open_braces = []
    for brace in re.finditer(r"[{}]", plain[:end]):
        if brace.group(0) == "{":
            open_braces.append(re.search(r"\b(namespace\b[\w:\s]*|extern\s*)$", plain[:brace.start()]) is None)
        elif open_braces:
            open_braces.pop()
    return any(open_braces)


def rewrite(text):
    plain = blanked(text)
    edits = []
    for match in KERNEL.finditer(plain):
        end = plain.find(">>>", match.end())
        if end < 0:
            continue
        kernel = text[match.start(1):match.end(1)]
        configuration = text[match.end():end]
        edits.append((match.start(), end + 3, f"::cadena::cuda::emulated::launch_with_chevrons({kernel}, {configuration})"))
    for match in SHARED.finditer(plain):
        kind, name = match.group(2), match.group(4)
        edits.append((match.start(), match.end(), f"{kind}* const {name} = "
                      f"static_cast<{kind}*>(::cadena::cuda::emulated::dynamic_shared_memory);"
                      if is_in_function(plain, match.start()) else
                      f"inline constexpr ::cadena::cuda::emulated::DynamicShared<{kind}> {name}{{}};"))
    for start, end, new in sorted(edits, reverse=True):
        assert text[start:end].count("\n") >= new.count("\n")
        text = text[:start] + new + "\n" * (text[start:end].count("\n") - new.count("\n")) + text[end:]
    return text


def self_test():
    cases = {
        "k<<<1, 32>>>(x);": "::cadena::cuda::emulated::launch_with_chevrons(k, 1, 32)(x);",
        "a::k<float, 4><<<dim3(1, 2), 32, 0, s>>>(f(x));":
            "::cadena::cuda::emulated::launch_with_chevrons(a::k<float, 4>, dim3(1, 2), 32, 0, s)(f(x));",
        "// k<<<1, 32>>>(x)": "// k<<<1, 32>>>(x)",
        '"k<<<1, 2>>>"': '"k<<<1, 2>>>"',
        "void k() { extern __shared__ float tile[]; }":
            "void k() { float* const tile = static_cast<float*>(::cadena::cuda::emulated::dynamic_shared_memory); }",
        'void k() {} namespace a::b { extern "C" { extern __shared__ unsigned int tile[]; }}':
            'void k() {} namespace a::b { extern "C" { inline constexpr ::cadena::cuda::emulated::DynamicShared<unsigned int> tile{}; }}',
        "x = a << 3;": "x = a << 3;",
        "__shared__ float tile[32];": "__shared__ float tile[32];",
    }
    for before, after in cases.items():
        if rewrite(before) != after:
            sys.exit(f"self-test: {before!r} became {rewrite(before)!r}")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    quoted = path.replace("\\", "\\\\").replace('"', '\\"')
    sys.stdout.write(HEADER + f'#line 1 "{quoted}"\n' + rewrite(text))


if __name__ == "__main__":
    main()
