#!/usr/bin/env bash
# Holds `#include "cadena.h"` to its budget: no heavy header among its dependencies, and at most 60,000 preprocessed
# lines more than an empty file. With --time it also measures: best of seven CPU times, under one second more.
# Usage: check_includes_budget.sh [--time] [HEADER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
timed=no
if [ "${1:-}" = --time ]; then
  timed=yes
  shift
fi
header=${1:-cadena.h}
compiler=${CXX:-c++}
max_lines=60000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#include "%s"\n' "$header" >"$work/with.cpp"
: >"$work/without.cpp"

# shellcheck disable=SC2086  # CXX may carry options
lines() { $compiler -std=c++20 -I. -E -P "$1" | wc -l; }
# shellcheck disable=SC2086
depends=$($compiler -std=c++20 -I. -M "$work/with.cpp" | tr -d '\\' | tr -s ' ' '\n')
status=0
if found=$(grep -E '/Eigen/|/(iostream|random|regex|fstream|sstream|iomanip)$|cublas|cuda_runtime|nlohmann' <<<"$depends"); then
  printf '%s includes headers that belong in .cpp files:\n%s\n' "$header" "$found"
  status=1
fi
count=$(($(lines "$work/with.cpp") - $(lines "$work/without.cpp")))
echo "$header adds $count preprocessed lines (at most $max_lines) from $(wc -l <<<"$depends") files"
[ "$count" -le "$max_lines" ] || status=1

# cpu_time FILE: the least CPU time, in seconds, of seven compilations.
cpu_time() {
  local TIMEFORMAT='%U %S'
  for _ in 1 2 3 4 5 6 7; do
    # shellcheck disable=SC2086
    { time $compiler -std=c++20 -O2 -I. -c "$1" -o "$work/object.o"; } 2>&1
  done | awk '{t = $1 + $2; if (NR == 1 || t < best) best = t} END {print best}'
}
if [ "$timed" = yes ]; then
  awk -v a="$(cpu_time "$work/with.cpp")" -v b="$(cpu_time "$work/without.cpp")" -v h="$header" \
    'BEGIN {printf "%s adds %.2f s to a compile (under 1 s)\n", h, a - b; exit !(a - b < 1)}' || status=1
fi
exit $status
