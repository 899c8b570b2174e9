#!/usr/bin/env bash
# A student's way and an instructor's, with the first lab: start, check, a mistake, a release, its autograder, a regrade.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
lab() { python3 tools/lab/lab.py "$@"; }
# holds WORDS FILE PATTERN: FILE has a line with PATTERN.
holds() {
  grep -q -e "$3" "$2" || {
    echo "$1: expected '$3' in:"
    head -c 3000 "$2"
    status=1
  }
}

lab start 1 "$work/try" 2>"$work/said" || status=1
lab start 1 "$work/try" >"$work/said" 2>&1 && status=1
holds "a full folder" "$work/said" 'not empty'
lab start xyzzy "$work/other" >"$work/said" 2>&1 && status=1
holds "a missing chapter" "$work/said" "there is no lab 'xyzzy'.*There are: 01_backprop"
grep -q 'SOLUTION\|HINT' "$work/try/lab.cpp" && echo "the starter shows solutions" && status=1

# One exercise written, one wrong, one that calls what it may not.
python3 - "$work/try/lab.cpp" <<'PY'
import sys
text = open(sys.argv[1]).read()
for hole, body in (("1.3", "return {matmul(dy, transpose(w)), matmul(transpose(x), dy)};"), ("1.6", "return 0.25;"),
                   ("1.4", "return sum_to(dy, shape);"), ("1.5", "return Tensor();"),
                   ("1.2", "int first[3]; (void)inputs; first[0] = root;")):
    text = text.replace(f'throw cadena::NotImplemented("Lab {hole}");', body)
open(sys.argv[1], "w").write(text)
PY
lab grade "$work/try" --format gradescope --out "$work/results.json" || status=1
python3 - "$work/results.json" <<'PY' || status=1
import json, os, subprocess, sys
result = json.load(open(sys.argv[1]))
scores = {test["name"]: test["score"] for test in result["tests"]}
assert result["score"] == 10 == scores["MatmulVjp.Square"] + scores["MatmulVjp.Rectangular"], result
outputs = {test["name"]: test["output"] for test in result["tests"]}
assert "Lab 1.4 may not use cadena::sum_to(" in outputs["ReduceTo.NewAxes"], outputs
assert "expected" in outputs["GradientCheck.RightGradientPasses"] and "0.25" in outputs["GradientCheck.RightGradientPasses"], outputs
assert "what loss_vjp returns:\n  expected a tensor\n  got      an undefined tensor" in outputs["LossVjp.KeepsDtype"], outputs
compiler = json.load(open(os.environ["CADENA_LAB_TOOLCHAIN"]))["compiler"]
if "clang" not in subprocess.run([compiler[0], "--version"], capture_output=True, text=True).stdout:  # g++ says of which function it warns
    assert "the compiler warns of line" in outputs["BackwardOrder.SmallGraphs"] and "no return statement" in outputs["BackwardOrder.SmallGraphs"], outputs
assert outputs["ScalarRules.Arithmetic"].startswith("Lab 1.1 is not written yet"), outputs
PY

grep -A1 'neither directly nor through others:' "$work/try/lab.cpp" | grep -q 'sum_to' || { echo "the starter does not say what is not allowed"; status=1; }

echo 'int f() { return nam; }' >"$work/try/lab.cpp"
lab check "$work/try" >"$work/said" 2>&1 && status=1
holds "a hand-in that does not compile" "$work/said" "The first error is in lab.cpp, line 1:"
holds "a hand-in that does not compile" "$work/said" "Nothing of the name 'nam' is known there"
holds "a hand-in that does not compile" "$work/said" "0 of 70 points"

lab release 1 --out "$work/release.zip" --seed 5 --term "a test" 2>"$work/said" || {
  cat "$work/said"
  exit 1
}
lab release 1 --out "$work/release.zip" >"$work/said" 2>&1 && status=1
holds "a release is frozen" "$work/said" 'is there already'
python3 -m zipfile -e "$work/release.zip" "$work/release"
mkdir -p "$work/image/source" "$work/image/results" "$work/image/submission"
python3 -m zipfile -e "$work/release/autograder.zip" "$work/image/source"
python3 -m zipfile -e "$work/release/starter.zip" "$work/starter"
if grep -rq "BackwardOrder.RandomGraphs" "$work/starter"; then echo "the starter shows hidden tests" && status=1; fi
if ls -R "$work/image" | grep -q 'lab_test.cpp\|^lab.cpp'; then echo "the autograder carries sources" && status=1; fi
chmod 711 "$work" "$work/image" "$work/image/source"
unset CADENA_LAB_TOOLCHAIN
CADENA_INSTALL=0 bash "$work/image/source/setup.sh" >"$work/said" 2>&1 || status=1
holds "setup.sh" "$work/said" 'Lab 1: back-propagation: ready'
cp "$work/release/solution/lab.cpp" "$work/image/submission"
AUTOGRADER_ROOT=$work/image bash "$work/image/source/run_autograder" || status=1
python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); assert r["score"] == 70, r' "$work/image/results/results.json" || status=1

mkdir -p "$work/hand-ins/ada" "$work/hand-ins/bob"
cp "$work/release/solution/lab.cpp" "$work/hand-ins/ada"
python3 tools/lab/lab.py regrade "$work/release.zip" "$work/hand-ins" --out "$work/scores" >"$work/said" || status=1
holds "scores" "$work/scores/scores.csv" '^ada,70,70,$'
holds "scores" "$work/scores/scores.csv" '^bob,0,70,there is no lab.cpp in it$'
exit $status
