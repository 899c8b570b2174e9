#!/usr/bin/env bash
# gpt_training learns the same on the CPU and on the CUDA device from a start that it left in a folder, tells when it is
# given another one, and refuses what it cannot read. Usage: training_test.sh PROGRAM PYTHON
set -u
program=$1 python=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tiny=(--vocabulary 13 --context 6 --layers 1 --heads 2 --width 8 --batch 2 --learning-rate 1e-2 --steps 5 --repetitions 2 --steps-each 1)
status=0

complain() {
  echo "$*" >&2
  status=1
}
# report NAME OPTION…: a run that must succeed.
report() {
  local name=$1
  shift
  "$program" "${tiny[@]}" --dtype f64 "$@" --json "$work/$name.json" || complain "$name: ended with $?"
}
compare() { "$python" bench/training/compare.py "$work/$1.json" "$work/$2.json"; }

report cpu --seed 2 --save "$work/start"
report cuda --device cuda --load "$work/start"
report graph --device cuda --graph --load "$work/start"
report other --seed 3
compare cuda cpu >"$work/log" || complain "the CUDA device learns otherwise than the CPU: $(cat "$work/log")"
compare other cpu >"$work/log" && complain "another start gave the same losses: $(cat "$work/log")"
"$python" - "$work" <<'PYTHON' || complain "a replayed graph learns otherwise: $(cat "$work/graph.json")"
import json, sys
cuda, graph = (json.load(open(f"{sys.argv[1]}/{name}.json", encoding="utf-8")) for name in ("cuda", "graph"))
bits = all(cuda[name] == graph[name] for name in ("losses", "gradient_norms"))
sys.exit(not (bits and graph["graph_size"] > 50 and cuda["graph_size"] == 0))
PYTHON
"$python" - "$work/cpu.json" <<'PYTHON' || complain "the report is wrong: $(cat "$work/cpu.json")"
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
good = (report["losses"][4] < report["losses"][0] - 0.05 and len(report["repetitions"]) == 2 and report["peak_memory"] > 2**20
        and min(report["repetitions"]) <= report["tokens_per_second"] <= max(report["repetitions"])
        and abs(report["tokens_per_second"] * report["ms_per_step"] - 12 * 1000) < 1e-3)
sys.exit(not good)
PYTHON

"$program" "${tiny[@]}" --graph 2>"$work/log" && complain "a CUDA graph was recorded on the CPU"
"$program" "${tiny[@]}" --load "$work/nothing" 2>"$work/log" && complain "a folder that is not there was read"
grep -q 'nothing/tokens.safetensors' "$work/log" || complain "a missing file is not named: $(cat "$work/log")"
"$program" "${tiny[@]}" --load "$work/start" --context 5 2>"$work/log" && complain "tokens of another shape were taken"

# A report that cannot be written is told before the training, which would take minutes here.
timeout 20 "$program" --layers 2 --steps 100000 --json "$work/nowhere/report.json" 2>"$work/log"
[ $? = 1 ] || complain "a report that cannot be written was told too late"
grep -q 'nowhere/report.json' "$work/log" || complain "the report is not named: $(cat "$work/log")"
[ "$(ls "$work" | grep -c report)" = 0 ] || complain "something was left behind: $(ls "$work")"
echo '{"dtype": "f32"}' >"$work/half.json"
compare half cpu 2>"$work/log" && complain "half a report was compared"
grep -q 'half.json is no report: it lacks batch' "$work/log" || complain "half a report: $(cat "$work/log")"
"$python" bench/training/peer.py --load "$work/nothing" 2>"$work/log"
[ $? = 2 ] && grep -q 'nothing: there is no weights.safetensors' "$work/log" || complain "peer.py: $(cat "$work/log")"
"$python" bench/training/peer.py --load "$work/start" --json "$work/nowhere/report.json" 2>"$work/log"
[ $? = 2 ] && grep -q 'nowhere/report.json: cannot be written' "$work/log" || complain "peer.py: $(cat "$work/log")"
exit $status
