#!/usr/bin/env python3
"""Fails on a public symbol without a comment, and on a comment that Doxygen does not understand: the part of the site's build
that takes a second. Ends with 77 where doxygen is not installed. Usage: check_comments.py | --self-test"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import build_site


def warnings(headers):
    """What Doxygen has to say about a folder of headers."""
    with tempfile.TemporaryDirectory() as out:
        settings = (build_site.ROOT / "docs" / "Doxyfile").read_text(encoding="utf-8") + f"""
INPUT = "{headers}"
OUTPUT_DIRECTORY = "{out}"
USE_MDFILE_AS_MAINPAGE =
GENERATE_HTML = NO
GENERATE_AUTOGEN_DEF = YES
"""
        run = subprocess.run(["doxygen", "-"], input=settings, text=True, capture_output=True, cwd=out)
    lines = [line.replace(f"{headers}/", "") for line in run.stderr.split("\n") if line.strip()]
    return lines if lines or not run.returncode else ["doxygen failed"]


def self_test():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "good.h").write_text("/// A.\nnamespace a {\n/// Both.\nint f(int x);\n}\n")
        quiet = warnings(folder)
        (folder / "bad.h").write_text("namespace a {\nint g(int x);\n/// Of \\nothing known.\nint h();\n}\n")
        loud = warnings(folder)
    if quiet or not any("bad.h:2" in line for line in loud) or not any("nothing" in line for line in loud):
        sys.exit(f"self-test: {quiet}, {loud}")


def main():
    if not shutil.which("doxygen"):
        print("comments: not checked, for doxygen is not installed; ./cadena docs installs it")
        sys.exit(77)
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    with tempfile.TemporaryDirectory() as name:
        build_site.write_headers(pathlib.Path(name))
        found = warnings(pathlib.Path(name))
    print("\n".join(found) or "comments: every public symbol has one")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
