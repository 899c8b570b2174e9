"""lab.json: what a lab consists of, and which of it a release has drawn."""
import fnmatch
import json
import pathlib

import source
from errors import LabError

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
# total_seconds: of the wall's clock, for a whole hand-in; graders give ten minutes, and no result to who needs more.
LIMITS = {"seconds": 5, "memory_mb": 1024, "processes": 16, "compile_seconds": 120, "total_seconds": 480}
# No lab needs these, and each would be a way around the list of forbidden functions: libraries and ops by their names.
ALWAYS_FORBIDDEN = ["dlopen", "dlmopen", "dlsym", "dlvsym", "ops", "find_op", "entry_of"]


class Lab:
    """A lab in a folder with lab.json, lab.h, lab_test.cpp and, where its solution is known, lab.cpp."""

    def __init__(self, folder, chosen=None):
        self.folder = pathlib.Path(folder)
        path = self.folder / "lab.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise LabError(f"there is no lab in {folder}: lab.json is missing") from None
        except (OSError, ValueError, RecursionError) as error:
            raise LabError(f"{path}: {error}") from None
        self.path, self.data = path, data
        if not isinstance(data, dict):
            raise LabError(f"{path}: no lab: its fields stand in {{...}}")
        self.name = self.field(data, "lab", str)
        self.title = self.field(data, "title", str)
        self.needs = data.get("cadena", "0.1")
        self.intro = data.get("intro", "")
        self.kernels = data.get("machine") == "emulator"  # functions that launch CUDA kernels, under the microscope
        self.source = "lab.cu" if self.kernels else "lab.cpp"
        self.variants = data.get("variants", {})
        self.chosen = {name: values[0] for name, values in self.variants.items()} | data.get("chosen", {}) | (chosen or {})
        for name, value in self.chosen.items():
            if value not in self.variants.get(name, []):
                raise LabError(f"{path}: there is no variant {name}={value}")
        self.limits = LIMITS | data.get("limits", {})
        self.seed = data.get("seed", 1)
        self.exercises = [self.exercise(e) for e in self.field(data, "exercises", list)]
        self.tests = [test for e in self.exercises for test in e["tests"]]
        self.check()

    def field(self, data, name, kind):
        if not isinstance(data.get(name), kind):
            raise LabError(f"{self.path}: '{name}' is missing or no {kind.__name__}")
        return data[name]

    def exercise(self, data):
        for name in ("id", "function", "title"):
            self.field(data, name, str)
        result = dict(data)
        words = [word.split(":") for word in self.data.get("forbidden", []) + data.get("forbidden", [])]
        # "gelu:activation=gelu" forbids gelu only where that variant is drawn.
        result["named"] = [word[0] for word in words if len(word) == 1 or self.chosen.get(word[1].split("=")[0]) == word[1].split("=")[1]]
        result["forbidden"] = ALWAYS_FORBIDDEN + result["named"]
        result["hints"] = data.get("hints", [])
        result["tests"] = []
        for number, test in enumerate(self.field(data, "tests", list), 1):
            self.field(test, "id", str)
            visibility = test.get("visibility", "visible")
            if visibility not in VISIBILITIES:
                raise LabError(f"{self.path}: test {test['id']}: visibility is one of {', '.join(VISIBILITIES)}")
            if not isinstance(test.get("points"), (int, float)) or test["points"] <= 0:
                raise LabError(f"{self.path}: test {test['id']}: points are a positive number")
            result["tests"].append({"id": test["id"], "points": test["points"], "visibility": visibility,
                                    "number": f"{data['id']}.{number}", "exercise": data["id"],
                                    "tags": test.get("tags", []), "hint": test.get("hint", ""),
                                    "limits": self.limits | test.get("limits", {})})
        if not result["tests"]:
            raise LabError(f"{self.path}: exercise {data['id']} has no test")
        return result

    def check(self):
        for what, names in (("exercise", [e["id"] for e in self.exercises]), ("test", [t["id"] for t in self.tests])):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise LabError(f"{self.path}: {what} {twice.pop()} stands there twice")
        if (self.folder / self.source).is_file() and self.is_original():
            holes = source.hole_ids(source.resolve(self.read(self.source), self.chosen, self.source))
            if holes != [e["id"] for e in self.exercises]:
                raise LabError(f"{self.folder}: {self.source} has holes {', '.join(holes)}, lab.json exercises "
                               + ", ".join(e["id"] for e in self.exercises))

    def is_original(self):
        return "chosen" not in self.data

    def points(self):
        return sum(test["points"] for test in self.tests)

    def read(self, name):
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise LabError(f"{self.folder}: {name} is missing") from None

    def resolved(self, name):
        """A source of the lab with the variants that were drawn."""
        return source.resolve(self.read(name), self.chosen, name)

    def calls(self):
        """The program around the student's functions."""
        bind, door = ("bind_launch", "labs/kernels/door.h") if self.kernels else ("bind", "labs/door.h")
        bindings = ",\n".join(f'      cadena::labs::{bind}("{e["function"]}", lab::{e["function"]})' for e in self.exercises)
        return (f'#include "lab.h"\n#include "{door}"\n\n'
                'int main(int argc, char** argv) {\n  return cadena::labs::serve(argc, argv, {\n'
                + bindings + ",\n  });\n}\n")

    def frozen(self, seed=None, visible_only=False):
        """lab.json for a starter or a release: variants drawn, hints included."""
        _, hints = source.without_hints(self.resolved(self.source))
        data = json.loads(json.dumps(self.data)) | {"chosen": self.chosen}
        data["seed"] = self.seed if seed is None else seed
        for exercise in data["exercises"]:
            exercise["hints"] = hints.get(exercise["id"], []) or exercise.get("hints", [])
            if visible_only:
                exercise["tests"] = [t for t in exercise["tests"] if t.get("visibility", "visible") == "visible"]
        data["exercises"] = [e for e in data["exercises"] if e["tests"]]
        return data


def forbidden_word(demangled, words):
    """The first of `words` (fnmatch patterns) that a demangled symbol of the library or of C is about; None if none."""
    import re
    plain = demangled.split("@")[0]
    tokens = re.findall(r"[A-Za-z_]\w*", plain) if "cadena" in plain else [plain]
    tokens = [token.lower().replace("_", "") for token in tokens]
    for word in words:
        if any(fnmatch.fnmatchcase(token, word.lower().replace("_", "")) for token in tokens):
            return word
    return None
