#!/usr/bin/env bash
# A kernel lab from start to regrade: what a race, a kernel without coalescing and an include that is not allowed score,
# and what the student reads.
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

lab start 6 "$work/try" 2>"$work/said" || status=1
holds "start" "$work/said" 'Write lab.cu in'
grep -q 'SOLUTION\|KERNEL\|HINT' "$work/try/lab.cu" && echo "the starter shows solutions" && status=1

# One exercise with lanes along rows, one with a race.
python3 - "$work/try/lab.cu" <<'PY'
import sys
text = open(sys.argv[1]).read()
for old, new in (
    ("  // Lab 6.2: the kernel.", """  const int i = blockIdx.x * 32 + threadIdx.x, j = blockIdx.y * 8 + threadIdx.y;
  if (i >= m || j >= n) return;
  float sum = 0;
  for (int p = 0; p < k; ++p) sum += a[i * k + p] * b[p * n + j];
  c[i * n + j] = sum;"""),
    ('throw cadena::NotImplemented("Lab 6.2");',
     "launch(multiply_kernel, {.grid = dim3(ceil_divide(m, 32), ceil_divide(n, 8)), .block = dim3(32, 8)}, c, a, b, m, n, k);"),
    ("  // Lab 6.4: the kernel.", """  __shared__ float tile[32][33];
  const int i0 = blockIdx.y * 32, j0 = blockIdx.x * 32, s = threadIdx.x, t = threadIdx.y;
  if (i0 + t < rows && j0 + s < columns) tile[t][s] = x[(i0 + t) * columns + j0 + s];
  if (i0 + s < rows && j0 + t < columns) y[(j0 + t) * rows + i0 + s] = tile[s][t];  // here"""),
    ('throw cadena::NotImplemented("Lab 6.4");',
     "launch(transpose_kernel, {.grid = dim3(ceil_divide(columns, 32), ceil_divide(rows, 32)), .block = dim3(32, 32)}, y, x, rows, columns);")):
    assert old in text, old
    text = text.replace(old, new)
open(sys.argv[1], "w").write(text)
PY
lab grade "$work/try" --format gradescope --out "$work/results.json" || status=1
python3 - "$work/results.json" <<'PY' || status=1
import json, sys
result = json.load(open(sys.argv[1]))
scores = {test["name"]: test["score"] for test in result["tests"]}
assert result["score"] == 8 == scores["Multiply.Square"] + scores["Multiply.Rectangular"], result
outputs = {test["name"]: test["output"] for test in result["tests"]}
assert "sectors of a and b" in outputs["Multiply.Coalesced"] and "got      33" in outputs["Multiply.Coalesced"], outputs
race = outputs["Transpose.Values"]
assert "is a __syncthreads() missing?" in race and race.count("\nline ") == 2 and "tile[s][t];  // here" in race, race
PY

lab check "$work/try" --test 6.2 >"$work/said" 2>&1 && status=1
holds "check" "$work/said" 'passed.*Multiply.Square'
sed -i '1i #include <unistd.h>' "$work/try/lab.cu"
lab check "$work/try" >"$work/said" 2>&1 && status=1
holds "an include" "$work/said" 'a kernel hand-in may not include unistd.h'
holds "an include" "$work/said" '0 of 84 points'

lab release 6 --out "$work/release.zip" --seed 5 2>"$work/said" || {
  cat "$work/said"
  exit 1
}
python3 -m zipfile -e "$work/release.zip" "$work/release"
mkdir -p "$work/hand-ins/ada" "$work/hand-ins/bob"
cp "$work/release/solution/lab.cu" "$work/hand-ins/ada"
lab regrade "$work/release.zip" "$work/hand-ins" --out "$work/scores" >"$work/said" || status=1
holds "scores" "$work/scores/scores.csv" '^ada,84,84,$'
holds "scores" "$work/scores/scores.csv" '^bob,0,84,there is no lab.cu in it$'
exit $status
