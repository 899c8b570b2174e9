#!/usr/bin/env bash
# run.sh [--check] BUILD CHAPTER...: runs the chapters' examples and tests of a build, then weaves (or checks) the pages.
set -euo pipefail
check=()
if [ "$1" = --check ]; then check=(--check) && shift; fi
build=$1
shift
work=$build/tutorials
mkdir -p "$work"
results=$work/$1.json  # of its own for each run, since tests run side by side
status=0
here=$(dirname "${BASH_SOURCE[0]}")
pages=("${@/%//README.md}")
tests=$(sed -nE 's/^<!-- eq: \S+ (identity|bound) (\S+) -->$/\2/p' "${pages[@]/#/$here/../../tutorials/}" | sort -u | paste -sd:)
"$build/bin/cadena_test_tutorials" --gtest_brief=1 --gtest_filter="${tests:--*}" --gtest_output="json:$results" \
  >"$work/$1.log" 2>&1 || status=$?
if [ $status -gt 1 ]; then tail -n 20 "$work/$1.log" && exit 1; fi  # crashed; failures are named beside their equations
for chapter in "$@"; do
  program=$build/bin/${chapter}_example
  [ -x "$program" ] || { echo "weave: $chapter has no example ($program)" >&2 && exit 1; }
  rm -rf "${work:?}/$chapter"
  timeout 300 "$program" --out "$work/$chapter" >"$work/$chapter.out" 2>&1 || {
    echo "weave: the example of $chapter failed, or took more than 300 s:" && tail -n 20 "$work/$chapter.out" && exit 1
  }
done
exec python3 "$here/weave.py" "${check[@]}" --runs "$work" --results "$results" "$@"
