#!/usr/bin/env python3
"""Labs: start one, check it, grade hand-ins, make a release for a course. `./cadena lab help` lists the commands."""
import argparse
import pathlib
import sys
import tempfile

import folders
import grade as grading
import report
from errors import LabError
from manifest import Lab
from toolchain import Toolchain

USAGE = """./cadena lab list                                    the labs there are
./cadena lab start NAME DIR                          a folder to work in: starter, tests, CMake and VS Code files
./cadena lab check [DIR] [--hints N] [--test TEST]   what passes, what does not and why; DIR is . by default
./cadena lab grade DIR [--lab NAME] [--format gradescope|classroom50|junit|text] [--out FILE]
./cadena lab release NAME --out ZIP [--seed N] [--term T]   autograder, starter, solution and rubric of one term
./cadena lab regrade ZIP HAND_INS --out DIR          grades every folder in HAND_INS as that release does
./cadena lab verify [NAME] [--quick] [--all-variants]   proves a lab: solution, starter, wrong and hostile hand-ins

docs/labs.md says how to write a lab, docs/instructors.md how to run a course with them."""


def parser():
    main = argparse.ArgumentParser(prog="./cadena lab", usage=USAGE, add_help=True)
    commands = main.add_subparsers(dest="command", metavar="COMMAND")

    def command(name, *positional):
        sub = commands.add_parser(name, prog=f"./cadena lab {name}")
        for word in positional:
            sub.add_argument(word.strip("[]"), nargs="?" if word.startswith("[") else None)
        return sub

    command("list")
    command("ready")  # a release's own: does it work on this machine?
    command("start", "name", "folder")
    sub = command("check", "[folder]")
    sub.add_argument("--hints", type=int)
    sub.add_argument("--test")
    sub = command("grade", "folder")
    sub.add_argument("--lab")
    sub.add_argument("--format", choices=report.FORMATS, default="text")
    sub.add_argument("--out")
    sub = command("release", "name")
    sub.add_argument("--out", required=True)
    sub.add_argument("--seed", type=int)
    sub.add_argument("--term", default="")
    sub = command("regrade", "release", "folder")
    sub.add_argument("--out", required=True)
    sub.add_argument("--format", choices=report.FORMATS, default="gradescope")
    sub = command("verify", "[name]")
    sub.add_argument("--quick", action="store_true")
    sub.add_argument("--all-variants", action="store_true")
    return main


def command_list(_):
    for folder in folders.labs():
        lab = Lab(folder)
        print(f"{lab.name:32} {lab.title}: {len(lab.exercises)} exercises, {lab.points():g} points")
    return 0


def command_start(arguments):
    folders.start(folders.find(arguments.name), arguments.folder)
    return 0


def lab_to_check(arguments):
    """(folder, lab): with the tests that are asked for."""
    folder = pathlib.Path(arguments.folder or ".")
    if not any((folder / name).is_file() for name in ("lab.cpp", "lab.cu")):
        raise LabError(f"there is no lab.cpp or lab.cu in {folder}: `./cadena lab start NAME DIR` makes a folder to work in")
    lab = Lab(folder / "lab" if (folder / "lab" / "lab.json").is_file() else folder)
    if arguments.test:
        lab.tests = [test for test in lab.tests if arguments.test in (test["id"], test["exercise"])]
        if not lab.tests:
            raise LabError(f"there is no test or exercise {arguments.test}")
    return folder, lab


def command_check(arguments):
    folder, lab = lab_to_check(arguments)
    with tempfile.TemporaryDirectory(prefix="cadena-lab-") as work:
        result = grading.grade(lambda: folders.program(lab, Toolchain(), work, cache=folder / "build" / "check"), lab, folder)
    print(report.text(result, lab, hints=arguments.hints), end="")
    return 0 if all(row["passed"] for row in result["tests"]) else 1


def command_grade(arguments):
    lab, prebuilt = folders.lab_to_grade(arguments.lab, arguments.folder)
    write = report.FORMATS[arguments.format]

    def save(result):
        if arguments.out:
            report.write(arguments.out, write(result, lab))

    with tempfile.TemporaryDirectory(prefix="cadena-lab-") as work:
        result = grading.grade(lambda: folders.program(lab, Toolchain(), work, prebuilt), lab, arguments.folder, save)
    if not arguments.out:
        print(write(result, lab), end="")
    return 0


def command_ready(_):
    lab, prebuilt = folders.lab_to_grade(None, ".")
    grading.ready(lab, Toolchain(), prebuilt["tests"].parent.parent)
    return 0


def command_release(arguments):
    import release
    release.make(folders.find(arguments.name), arguments.out, arguments.seed, arguments.term)
    return 0


def command_regrade(arguments):
    import release
    release.regrade(arguments.release, arguments.folder, arguments.out, arguments.format)
    return 0


def command_verify(arguments):
    import verify
    names = [folders.find(arguments.name)] if arguments.name else folders.labs()
    return max([verify.verify(folder, arguments.all_variants, arguments.quick) for folder in names], default=0)


# What each command can find wrong before the library is built, which may take many minutes.
FORESEEN = {
    "start": lambda arguments: (folders.find(arguments.name), folders.refuse_contents(pathlib.Path(arguments.folder))),
    "check": lab_to_check,
    "grade": lambda arguments: (folders.lab_to_grade(arguments.lab, arguments.folder), grading.refuse_missing(arguments.folder)),
    "release": lambda arguments: (folders.find(arguments.name), folders.refuse_release(pathlib.Path(arguments.out))),
    "verify": lambda arguments: arguments.name and folders.find(arguments.name),
}


def main():
    if sys.argv[1:2] in ([], ["help"], ["-h"], ["--help"]):
        print(USAGE)
        return 0
    foresee = sys.argv[1] == "foresee"  # `foresee COMMAND ...`: says what is wrong with a command, and does nothing else
    arguments = parser().parse_args(sys.argv[1 + foresee:])
    try:
        if foresee:
            FORESEEN[arguments.command](arguments)
            return 0
        return globals()[f"command_{arguments.command}"](arguments)
    except LabError as error:
        print(f"cadena lab: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cadena lab: {error.filename or ''}: {error.strerror}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
