"""A release of a lab for one term of a course: variants drawn by a private seed, an autograder that needs nothing but a
compiler, the students' starter, and the solution with a rubric. Frozen: regrading uses what was released."""
import csv
import datetime
import hashlib
import io
import json
import os
import pathlib
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import zipfile

import folders
import grade
import portability
import report
import source
import verify
from errors import LabError
from manifest import Lab
from toolchain import Toolchain

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = ("cuda", "tensor", "datasets", "autograd", "nn", "optim", "labs")
GRADER = ("lab.py", "folders.py", "grade.py", "report.py", "errors.py", "manifest.py", "source.py", "symbols.py", "sandbox.py",
          "landlock.py", "seccomp.py", "workbench.py", "elf.py", "toolchain.py", "dialect.py", "uncounted.py", "lines.py")

SETUP = """#!/usr/bin/env bash
# Runs once, when the image is made.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"
export DEBIAN_FRONTEND=noninteractive
if [ "${CADENA_INSTALL:-1}" != 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update
  apt-get install -y --no-install-recommends python3 binutils libc6-dev @COMPILER@ || apt-get install -y g++
fi
# What hand-ins, which run as another user, may not see.
chmod u+x grader/lab/lab_tests  # some unpackers forget
chmod -R go-rwx grader
chmod -R go+rX,go-w library
python3 grader/lab.py ready
"""

RUN = """#!/usr/bin/env bash
# Runs for each submission.
root=${AUTOGRADER_ROOT:-/autograder}
# The results of earlier submissions, hidden tests among them, stand in the metadata.
chmod go-rwx "$root/results" "$root/submission" "$root/submission_metadata.json" 2>/dev/null
python3 "$root/source/grader/lab.py" grade "$root/submission" --format gradescope --out "$root/results/results.json"
"""


def pack(folder):
    """The folder as the bytes of a zip, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (2000, 1, 1, 0, 0, 0))
                info.external_attr = (0o100755 if os.access(path, os.X_OK) else 0o100644) << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
    return buffer.getvalue()


def unpack(data, folder):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            target = (folder / info.filename).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise LabError(f"the archive holds {info.filename}, which leads out of it")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(info))
            target.chmod((info.external_attr >> 16) & 0o777 or 0o644)


def version_of(compiler):
    said = subprocess.run([compiler, "-dumpfullversion", "-dumpversion"], capture_output=True, text=True).stdout.strip()
    return said or "unknown"


def write_library(chain, folder, kernels):
    """Headers and archives under `folder`/library, and the toolchain.json that names them."""
    headers = pathlib.Path(chain.include[0])
    for name in HEADERS:
        for path in sorted((headers / name).rglob("*")):
            if path.suffix in (".h", ".cuh"):
                target = folder / "library" / "include" / path.relative_to(headers)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    shutil.copyfile(headers / "cadena.h", folder / "library" / "include" / "cadena.h")
    names = []
    (folder / "library" / "lib").mkdir()

    def copied(path):
        shutil.copyfile(path, folder / "library" / "lib" / os.path.basename(path))
        return "@ROOT@/../library/lib/" + os.path.basename(path)

    for path in chain.libraries:
        if path.endswith(".a"):
            names.append(copied(path))
        elif os.path.basename(path).startswith("libcadena"):
            raise LabError("a release needs static libraries: build the preset portable")
        else:
            names.append(path)
    major = version_of(chain.compiler).split(".")[0]
    clang = "clang" in os.path.basename(os.path.realpath(chain.compiler))
    compilers = [f"clang++-{major}", "clang++"] if clang else [f"g++-{major}", "g++"]
    kernels = {"kernel_flags": chain.kernel_flags, "kernel_libraries": [copied(path) for path in chain.kernel_libraries]} if kernels else {}
    (folder / "grader" / "toolchain.json").write_text(json.dumps(
        {"version": chain.version, "compiler": compilers, "include": ["@ROOT@/../library/include"], "libraries": names} | kernels, indent=1))
    return f"clang-{major}" if clang else f"g++-{major}"


def write_autograder(lab, seed, chain, program, folder, facts):
    (folder / "grader" / "lab").mkdir(parents=True)
    for name in GRADER:
        shutil.copyfile(HERE / name, folder / "grader" / name)
    package = write_library(chain, folder, lab.kernels)
    inside = folder / "grader" / "lab"
    (inside / "lab.json").write_text(json.dumps(lab.frozen(seed=seed), indent=1) + "\n")
    (inside / "lab.h").write_text(lab.resolved("lab.h"))
    (inside / "starter.cpp").write_text(source.starter(lab.resolved(lab.source)))
    shutil.copy(program.tests, inside / "lab_tests")
    shutil.copyfile(program.calls, inside / "calls.o")
    (folder / "grader" / "release.json").write_text(json.dumps(facts, indent=1) + "\n")
    for name, text in (("setup.sh", SETUP.replace("@COMPILER@", package)), ("run_autograder", RUN)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def rubric(lab, facts):
    lines = [f"# {lab.title}: rubric", "",
             f"Term: {facts['term'] or 'not named'}. Drawn: "
             + (", ".join(f"{name} = {value}" for name, value in lab.chosen.items()) or "nothing") + ".", ""]
    for e in lab.exercises:
        lines += [f"## Lab {e['id']}: {e['title']} ({sum(t['points'] for t in e['tests']):g} points)", "", f"Its function is `{e['function']}`. "
                  + (f"{folders.not_allowed(e['named'])} Where it is used, the exercise scores 0." if e["named"] else ""), "",
                  "| test | points | shown | what it is about |", "|---|---|---|---|"]
        lines += [f"| {t['id']} | {t['points']:g} | {t['visibility']} | {t['hint']} |" for t in e["tests"]]
        wrongs = [w for w in map(verify.Wrong, sorted((lab.folder / "wrong").glob("*.inc")))
                  if w.hole == e["id"] and w.fits(lab.chosen)]
        if wrongs:
            lines += ["", "Mistakes that are known to fail:", ""]
            lines += [f"- {w.why}: {', '.join(w.fails)}" + (" (refused)" if w.kind == "forbidden" else "") for w in wrongs]
        lines.append("")
    return "\n".join(lines)


def make(lab_folder, out, seed=None, term=""):
    out = pathlib.Path(out)
    folders.refuse_release(out)
    seed = secrets.randbits(48) if seed is None else seed
    draw = random.Random(seed)
    variants = Lab(lab_folder).variants
    lab = Lab(lab_folder, {name: draw.choice(values) for name, values in variants.items()})
    chain = Toolchain()
    with tempfile.TemporaryDirectory(prefix="cadena-release-") as work:
        work = pathlib.Path(work)
        work.chmod(0o711)
        (work / "program").mkdir()
        program = grade.Program(lab, chain, work / "program")
        program.link_static()
        needed = portability.needs(chain, [program.calls])
        facts = {"lab": lab.name, "term": term, "seed": seed, "variants": lab.chosen, "points": lab.points(),
                 "cadena": chain.version, "compiler": version_of(chain.compiler), "needs": portability.words(needed),
                 "date": datetime.date.today().isoformat()}
        (work / "autograder").mkdir()
        write_autograder(lab, seed, chain, program, work / "autograder", facts)
        folders.write_starter(lab, work / "starter", visible_only=True)
        (work / "all" / "solution").mkdir(parents=True)
        for name, text in ((lab.source, source.solution(source.without_hints(lab.resolved(lab.source))[0])),
                           ("lab.h", lab.resolved("lab.h")), ("lab_test.cpp", lab.resolved("lab_test.cpp")),
                           ("rubric.md", rubric(lab, facts))):
            (work / "all" / "solution" / name).write_text(text)
        autograder = pack(work / "autograder")
        (work / "all" / "autograder.zip").write_bytes(autograder)
        (work / "all" / "starter.zip").write_bytes(pack(work / "starter"))
        facts["autograder_sha256"] = hashlib.sha256(autograder).hexdigest()
        (work / "all" / "release.json").write_text(json.dumps(facts, indent=1) + "\n")
        temporary = out.with_name(out.name + ".part")
        try:
            temporary.write_bytes(pack(work / "all"))
            os.replace(temporary, out)
        except OSError as error:
            raise LabError(f"cannot write to {out}: {error.strerror}") from None
    print(f"{out}: autograder.zip, starter.zip, solution/ with rubric.md, release.json\n"
          f"drawn with seed {seed}: " + (", ".join(f"{k} = {v}" for k, v in lab.chosen.items()) or "no variants")
          + f"\nbuilt against {portability.words(needed)}" + "".join(f"\n{words}" for words in portability.warnings(needed, chain.libraries))
          + "\nKeep it: `./cadena lab regrade` needs it, and it holds the seed and the solution.", file=sys.stderr)


def regrade(archive, hand_ins, out, form):
    """Grades each folder in `hand_ins` with the release's own autograder; OUT gets a file for each, and scores.csv."""
    hand_ins, out = pathlib.Path(hand_ins), pathlib.Path(out)
    if not hand_ins.is_dir():
        raise LabError(f"there is no folder {hand_ins}")
    try:
        with zipfile.ZipFile(archive) as release:
            facts = json.loads(release.read("release.json"))
            released, autograder = facts["autograder_sha256"], release.read("autograder.zip")
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise LabError(f"{archive} is no release of a lab: {error}") from None
    if hashlib.sha256(autograder).hexdigest() != released:
        raise LabError(f"{archive}: the autograder is not the one that was released")
    out.mkdir(parents=True, exist_ok=True)
    suffix = {"junit": "xml", "text": "txt"}.get(form, "json")
    with tempfile.TemporaryDirectory(prefix="cadena-release-") as work:
        work = pathlib.Path(work)
        work.chmod(0o711)
        unpack(autograder, work)
        (work / "grader").chmod(0o700)
        rows, failed = [], 0
        for folder in sorted(path for path in hand_ins.iterdir() if path.is_dir()):
            name = folder.name.encode("utf-8", "replace").decode("utf-8")  # a name may be no text at all
            target = out / f"{name}.{suffix}"
            scores = work / "scores.json"
            scores.unlink(missing_ok=True)
            for kind, path in ((form, target), ("gradescope", scores)) if form != "gradescope" else ((form, target),):
                done = subprocess.run([sys.executable, work / "grader" / "lab.py", "grade", folder, "--format", kind, "--out", path],
                                      capture_output=True, text=True, errors="replace")
            try:
                result = json.loads((target if form == "gradescope" else scores).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                result = {"score": 0, "output": ""}
            if done.returncode != 0:
                failed += 1
                result["output"] = f"the grader itself failed: {done.stderr.strip()[-500:]}"
            remark = report.printable(result["output"])
            rows.append([name, result["score"], facts["points"], remark])
            print(f"{name:32} {result['score']:g} of {facts['points']:g} {remark[:80]}")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["hand-in", "score", "max_score", "remark"], *rows])
    report.write(out / "scores.csv", text.getvalue())
    if failed:
        raise LabError(f"{failed} of {len(rows)} hand-ins could not be graded; {out / 'scores.csv'} says why")
