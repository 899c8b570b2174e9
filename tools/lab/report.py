"""A grade as text for a person, and as the files that Gradescope, Classroom 50 and JUnit's readers take."""
import datetime
import json
import os
import sys
import unicodedata
import xml.etree.ElementTree as xml

from errors import LabError


def write(path, text):
    """Writes a whole file or none."""
    temporary = f"{path}.{os.getpid()}.part"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        raise LabError(f"cannot write to {path}: {error.strerror}") from None


def colours(stream=sys.stdout):
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    names = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}
    return {name: (lambda text, code=code: f"\033[{code}m{text}\033[0m" if wanted else text) for name, code in names.items()}


def message(row, hints=()):
    """What to tell about a test that did not pass."""
    lines = [row["what"]]
    if row["kind"] == "wrong":
        lines = [f"{row['what']}:", f"  expected {row['expected']}"] + ([f"  got      {row['got']}"] if row["got"] else [])
    elif row["kind"] == "NotImplemented":
        lines = [f"{row['what']} is not written yet"]
    elif row["kind"] == "exception":
        lines = [f"it threw: {row['what']}"]
    if row["cause"]:
        lines.append(row["cause"])
    if row["printed"].strip():
        lines.append("  printed  " + row["printed"].strip()[:400].replace("\n", "\n           "))
    lines += [f"hint: {hint}" for hint in hints if hint]
    return printable("\n".join(lines))


def text(result, lab, hints=None):
    """For a terminal. `hints`: how many of an exercise's hints to show; one where it was tried, if not said."""
    paint = colours()
    out = [paint["bold"](f"{result['title']} ({result['lab']})")]
    if result["reason"]:
        out.append(paint["red"](printable(result["reason"])))
    for e in lab.exercises:
        rows = [row for row in result["tests"] if row["exercise"] == e["id"]]
        if not rows or result["reason"]:
            continue
        failed = [row for row in rows if not row["passed"]]
        out.append(f"\n{paint['bold']('Lab ' + e['id'])} {e['title']}")
        if all(row["kind"] == "NotImplemented" for row in rows):
            out.append(f"  {paint['yellow']('not written yet')}  0/{sum(row['points'] for row in rows):g}")
            rows, tried = [], False
        else:
            tried = True
        for row in rows:
            mark = paint["green"]("passed") if row["passed"] else paint["red"]("failed")
            out.append(f"  {mark} {row['id']}  {row['score']:g}/{row['points']:g}")
            if not row["passed"]:
                out.append("    " + message(row, [row["hint"]] * (row["kind"] == "wrong")).replace("\n", "\n    "))
        if failed and failed[0]["kind"] != "forbidden":
            shown = e["hints"][:int(tried) if hints is None else max(0, hints)]
            out += [f"  {paint['yellow'](f'hint {number}:')} {hint}" for number, hint in enumerate(shown, 1)]
    out.append(f"\n{paint['bold'](format(result['score'], 'g'))} of {result['max_score']:g} points in {result['seconds']:g} s")
    return "\n".join(out) + "\n"


def gradescope(result, lab):
    """https://gradescope-autograders.readthedocs.io/en/latest/specs/"""
    tests = []
    for row in result["tests"]:
        tests.append({"name": row["id"], "number": row["number"], "score": row["score"], "max_score": row["points"],
                      "status": "passed" if row["passed"] else "failed", "output_format": "text",
                      "output": "" if row["passed"] else message(row, [row["hint"]] * (row["kind"] == "wrong")),
                      "tags": row["tags"], "visibility": row["visibility"]})
    return json.dumps({"score": result["score"], "execution_time": result["seconds"], "output": printable(result["reason"]),
                       "stdout_visibility": "hidden", "output_format": "text", "test_output_format": "text",
                       "tests": tests, "leaderboard": [],
                       "extra_data": {"lab": result["lab"], "variants": result["variants"], "cadena": result["cadena"],
                                      "isolation": result["isolation"]}}, indent=1) + "\n"


def classroom50(result, lab):
    """classroom50/result/v1; the runner gives the identity of the submission in the environment. Its scores are integers.
    https://github.com/foundation50/classroom50/wiki/Advanced-Autograding"""
    given = os.environ.get
    tests = [{"test-name": f"{row['number']} {row['id']}", "passed": row["passed"], "score": round(row["score"]),
              "max-score": round(row["points"])} for row in result["tests"]]
    return json.dumps({
        "schema": "classroom50/result/v1", "classroom": given("CLASSROOM", ""), "assignment": given("ASSIGNMENT", result["lab"]),
        "assignment_type": given("ASSIGNMENT_TYPE", "individual"), "owner": given("OWNER", given("USERNAME", "")),
        "submission": given("SUBMISSION_TAG", ""), "commit": given("COMMIT_URL", ""), "release": given("RELEASE_URL", ""),
        "review": given("REVIEW_URL") or given("COMMIT_URL", ""),
        "datetime": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests), "max-score": sum(test["max-score"] for test in tests), "tests": tests}, indent=1) + "\n"


def junit(result, lab):
    failures = sum(not row["passed"] for row in result["tests"])
    suite = xml.Element("testsuite", name=result["lab"], tests=str(len(result["tests"])), failures=str(failures),
                        errors="0", time=f"{result['seconds']:g}")
    for row in result["tests"]:
        case = xml.SubElement(suite, "testcase", classname=f"Lab {row['exercise']}", name=row["id"], time=f"{row['seconds']:g}")
        if not row["passed"]:
            xml.SubElement(case, "failure", message=printable(row["what"]), type=row["kind"]).text = message(row)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(suite, encoding="unicode") + "\n"


def printable(words):
    """Without what XML cannot hold, and without what a terminal obeys: hand-ins choose these words."""
    return "".join(c if c in "\t\n" or not unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") else "?" for c in words)


FORMATS = {"text": text, "gradescope": gradescope, "classroom50": classroom50, "junit": junit}
