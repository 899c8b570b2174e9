#!/usr/bin/env bash
# `cadena ladder`: every step does what it predicts, and the program says what is wrong. Usage: ladder_test.sh BUILD_FOLDER
set -u
ladder=$1/bin/ladder
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# expect CODE PATTERN ARGUMENT…
expect() {
  local code=$1 pattern=$2 output got
  shift 2
  output=$("$ladder" "$@" 2>&1)
  got=$?
  if [ "$got" != "$code" ] || ! grep -q -e "$pattern" <<<"$output"; then
    printf 'ladder %s: expected exit code %s and "%s", got %s and:\n%s\n' "$*" "$code" "$pattern" "$got" "$output"
    status=1
  fi
}

# Every metric that the emulator can count is counted, and is what its step predicts.
expect 0 'cuda:0 (emulated)' all --strict --json "$work/all.json" --plot "$work"
python3 - "$work/all.json" <<'PYTHON' || status=1
import json, sys
for table in json.load(open(sys.argv[1])):
    assert table["emulated"] and table["device"].endswith("(emulated)"), table["device"]
    for step in table["steps"]:
        if step["outcome"] != "not run":
            assert "counted" in step["metric"], f"{step['id']}: the metric '{step['metric']['name']}' is not counted"
            assert step["ms"] is None, "an emulator's time"
PYTHON
for name in gemm transpose reduce elementwise softmax layernorm; do
  if command -v gnuplot >/dev/null; then picture=$work/ladder_$name.svg; else picture=$work/ladder_$name.gp; fi
  [ -s "$picture" ] || { echo "no picture $picture" && status=1; }
done

# One warp has 31 lanes: no metric of a full one. The step is right all the same.
expect 1 'DIFFERS' transpose --steps X1 --size 31 --strict
expect 0 'correct.*DIFFERS' transpose --steps X1 --size 31
expect 0 'correct' gemm --steps G3 --size 33 --once
expect 0 'not counted' gemm --steps H1
expect 2 "no ladder 'gem'; there are .*gemm" gem
expect 2 "no step 'G0'; there are .*G1" gemm --steps G0
expect 2 'step X1 belongs to the ladder transpose' gemm --steps X1
expect 2 'needs a GPU' gemm --tune
expect 2 'cannot write' transpose --steps X1 --size 8 --json "$work/none/x.json"
expect 2 'not in range' gemm --size 0
exit $status
