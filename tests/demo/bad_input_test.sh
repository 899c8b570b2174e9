#!/usr/bin/env bash
# What the demo program refuses: one line that says what and why, before anything is trained; and what it prints of a text that
# would steer the terminal. Usage: bad_input_test.sh PROGRAM
set -u
demo=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# refuses PATTERN OPTION…: the demo prints one line with PATTERN, nothing of training, and its exit status is not 0.
refuses() {
  local pattern=$1 output got
  shift
  output=$("$demo" --only text --effort 0.001 "$@" 2>&1 </dev/null)
  got=$?
  if [ "$got" = 0 ] || [ "$got" -ge 126 ] || ! grep -q -e "$pattern" <<<"$output" || grep -q -e '==' -e 'terminate' <<<"$output" ||
    [ "$(wc -l <<<"$output")" -gt 2 ]; then
    printf 'demo %s: expected a line with "%s", got %s and:\n%s\n' "$*" "$pattern" "$got" "$output"
    status=1
  fi
}

# wait_for COMMAND…: until it succeeds, 100 s at most, as sanitizers are slow.
wait_for() { for _ in $(seq 2000); do "$@" && return || sleep 0.05; done; }

out=(--out "$work/out")
: >"$work/empty"
printf '%2000s\377' >"$work/latin"
refuses 'No such file' "${out[@]}" --text "$work/missing"
refuses 'not a regular file' "${out[@]}" --text "$work"
refuses '0 characters are too few' "${out[@]}" --text "$work/empty"
refuses 'not UTF-8 at byte 2000' "${out[@]}" --text "$work/latin"
refuses 'empty: is a file, expected a folder' --out "$work/empty"
refuses 'empty/x.*: cannot be made: Not a directory' --out "$work/empty/x"
[ ! -d /proc/self ] || refuses '/proc/x.*: cannot be made' --out /proc/x
refuses 'from 0.001 to 1000, got 0$' "${out[@]}" --effort 0
refuses 'from 0.001 to 1000, got -1$' "${out[@]}" --effort=-1
refuses 'from 0.001 to 1000, got 1e300$' "${out[@]}" --effort 1e300
refuses 'from 0.001 to 1000, got nan$' "${out[@]}" --effort nan
refuses 'seed' "${out[@]}" --seed=-1
refuses 'seed: expected .*, got 010' "${out[@]}" --seed 010
refuses 'seed' "${out[@]}" --seed 99999999999999999999999

# The model samples control characters; of these newlines and tabs alone are printed as they are.
for _ in $(seq 200); do printf 'a\033\a\177\302\233\t\n'; done >"$work/controls"
"$demo" --only text --effort 0.001 "${out[@]}" --text "$work/controls" >"$work/printed" || { echo 'controls: failed' && status=1; }
if LC_ALL=C grep -q -a -e "[$(printf '\001-\010\013-\037\177')]" -e "$(printf '\302\233')" "$work/printed" ||
  ! grep -q -F -e '\x1b' "$work/printed"; then
  echo "controls: printed $(cat -v "$work/printed")" && status=1
fi

# A folder in which another demo writes, until that is gone.
"$demo" --only addition --effort 1000 --out "$work/taken" >/dev/null &
first=$!
wait_for test -d "$work/taken/checkpoints"
refuses "another demo writes in $work/taken; wait for it, or give another folder with --out" --out "$work/taken"
kill -KILL "$first"
wait "$first" 2>/dev/null
"$demo" --only gradients --out "$work/taken" >/dev/null || { echo 'the folder of a demo that was killed is not free' && status=1; }

# The checkpoint of a later part that belongs to another run, which is known before the first part begins.
"$demo" --only text --effort 50 --seed 2 --out "$work/other" --text "$work/controls" >"$work/first" &
first=$!
wait_for test -s "$work/first"
kill -INT "$first"
wait "$first"
refuses 'text.safetensors: a checkpoint of another run: seed 2, now 1; steps 20000, now 1\. .*--fresh' --only classify --out "$work/other" --text "$work/controls"

# A full disk, for which a limit on the size of files stands in: what stood there before is left.
mkdir -p "$work/full/figures"
echo old >"$work/full/figures/graph.dot"
message=$( (trap '' XFSZ && ulimit -f 0 && "$demo" --only gradients --out "$work/full") 2>&1 >/dev/null)
grep -q 'graph.dot: cannot write: File too large' <<<"$message" || { echo "full disk: $message" && status=1; }
[ "$(cat "$work/full/figures/"*)" = old ] || { echo "full disk: left $(ls "$work/full/figures")" && status=1; }
if [ -c /dev/full ]; then
  message=$("$demo" --only gradients "${out[@]}" 2>&1 >/dev/full) && echo 'a report that cannot be written passes' && status=1
  grep -q 'could not be written' <<<"$message" || { echo "/dev/full: $message" && status=1; }
fi
exit $status
