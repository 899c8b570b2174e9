"""Where labs are found, and the folder that a student works in."""
import difflib
import json
import os
import pathlib
import sys

import grade
import source
from errors import LabError
from manifest import Lab

HERE = pathlib.Path(__file__).resolve().parent
TEMPLATE = HERE / "template"


def home():
    """The folder that holds the labs: tutorials/ of the sources, or labs/ beside an installed lab.py."""
    for folder in (HERE.parent.parent / "tutorials", HERE / "labs"):
        if folder.is_dir():
            return folder
    return HERE


def labs():
    return sorted(path.parent for path in home().glob("*/lab.json"))


def find(name):
    """The lab of this name, or the one in this folder: a lab of one's own."""
    return pathlib.Path(name) if (pathlib.Path(name) / "lab.json").is_file() else named(name)


def named(name):
    """The lab of this name; "1" and "backprop" name 01_backprop too."""
    names = {folder.name: folder for folder in labs()}
    for candidate, folder in names.items():
        number, _, rest = candidate.partition("_")
        if name in (candidate, number, number.lstrip("0"), rest):
            return folder
    near = difflib.get_close_matches(name, names, 1, 0.4)
    guess = f" Did you mean '{near[0]}'?" if near else ""
    raise LabError(f"there is no lab '{name}'.{guess} There are: {', '.join(names) or 'none'}")


def lab_to_grade(name, hand_in):
    """(lab, {tests, calls}): of a release where this is one, else the named lab, else the one the folder was made for."""
    if (HERE / "release.json").is_file():
        return Lab(HERE / "lab"), {"tests": HERE / "lab" / "lab_tests", "calls": HERE / "lab" / "calls.o"}
    if name:
        return Lab(find(name)), {}
    own = pathlib.Path(hand_in) / "lab" / "lab.json"
    if not pathlib.Path(hand_in).exists():
        raise LabError(f"there is no {hand_in}")
    try:
        data = json.loads(own.read_text(encoding="utf-8"))
        return Lab(named(str(data["lab"])), data.get("chosen")), {}  # not a folder: the tests in it would be the hand-in's own
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise LabError(f"{hand_in} does not say which lab it is: name it with --lab") from None


def program(lab, chain, work, prebuilt=None, cache=None):
    return grade.Program(lab, chain, work, cache=cache, **(prebuilt or {}))


def not_allowed(words):
    """The sentence that names what an exercise may not use; empty where that is nothing."""
    if not words:
        return ""
    stars = " (* stands for anything)" if any("*" in word for word in words) else ""
    return f"Not allowed here, of the library, neither directly nor through others: {', '.join(words)}{stars}."


def write_starter(lab, folder, visible_only=False, prefix=""):
    """The student's folder: the starter, what its tests need, and project files."""
    (folder / "lab").mkdir(parents=True)
    (folder / ".vscode").mkdir()
    text = source.with_notes(source.starter(lab.resolved(lab.source), lab.source), {e["id"]: not_allowed(e["named"]) for e in lab.exercises})
    exercises = "\n".join(f"{number}. Lab {e['id']}: {e['title']} (`{e['function']}`, "
                          f"{sum(test['points'] for test in e['tests']):g} points)"
                          for number, e in enumerate(lab.exercises, 1))
    words = {"@NAME@": lab.name, "@TITLE@": lab.title, "@INTRO@": lab.intro, "@EXERCISES@": exercises,
             "@NEEDS@": lab.needs, "@PREFIX@": prefix, "@SOURCE@": lab.source}
    tests = lab.resolved("lab_test.cpp")
    frozen = lab.frozen(seed=1, visible_only=visible_only)
    files = {lab.source: text, "lab/lab.h": lab.resolved("lab.h"), "lab/calls.cpp": lab.calls(),
             "lab/lab_test.cpp": source.without_hidden(tests) if visible_only else tests,
             "lab/lab.json": json.dumps(frozen, indent=1) + "\n"}
    for template in sorted(TEMPLATE.iterdir()):
        words_in = template.read_text(encoding="utf-8")
        words_in = source.resolve(words_in, {"machine": "emulator" if lab.kernels else "none"}, template.name)
        for word, value in words.items():
            words_in = words_in.replace(word, value)
        files[template.name.replace("vscode_", ".vscode/").replace("dot_", ".")] = words_in
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")


def refuse_contents(target):
    """A lab is started in a folder that is new, or empty."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise LabError(f"{target} is there already, and not empty: name another folder")


def refuse_release(out):
    """A release is written once, where one may write."""
    if out.exists():
        raise LabError(f"{out} is there already; a release is frozen: name another file")
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise LabError(f"cannot write to {out.parent}")


def start(lab_folder, target):
    target = pathlib.Path(target)
    refuse_contents(target)
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / ".writable").touch()
        (target / ".writable").unlink()
    except OSError as error:
        raise LabError(f"cannot write to {target}: {error.strerror}") from None
    lab = Lab(lab_folder)
    write_starter(lab, target, prefix=os.environ.get("CADENA_PREFIX", ""))
    print(f"{lab.title}: {len(lab.exercises)} exercises, {lab.points():g} points.\n"
          f"Write {lab.source} in {target}, then: ./cadena lab check {target}", file=sys.stderr)
