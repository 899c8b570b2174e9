#!/usr/bin/env bash
# How bench/gpu_programme.sh goes on after a failure, a stop and the end of its time, with a test program that only pretends.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

complain() {
  printf '%s\n' "$*" >&2
  status=1
}
# programme EXPECTED OPTION…: runs it, and keeps what it prints in $work/out.
programme() {
  local expected=$1 got
  shift
  bench/gpu_programme.sh --dry-run --results "$work/results" --build "$work/build" "$@" >"$work/out" 2>&1
  got=$?
  [ "$got" = "$expected" ] || complain "$*: ended with $got, expected $expected: $(cat "$work/out")"
}
prints() { grep -q -e "$1" "$work/out" || complain "no '$1' in: $(cat "$work/out")"; }

programme 2 --only nonsense
prints "no part 'nonsense'; there are: machine build"
programme 2 --within soon
programme 2 --deps "$work/nothing" --only build
prints 'nothing is no folder that --pack made'
programme 1 --only build_tests
prints 'cadena_test_cuda has not been built'
programme 1 --within 5 --only tests,table
prints 'tests: no time is left'
prints '^| build_tests | failed |'

# A piece that hangs, and a stop: all that was started ends, and the part is recorded as unfinished.
mkdir -p "$work/build/bin"
pretended=$work/build/bin/cadena_test_cuda
cat >"$pretended" <<SCRIPT
#!/bin/sh
echo \$\$ >"$work/running"
echo \$GTEST_SHARD_INDEX >>"$work/pieces"
[ \$GTEST_SHARD_INDEX = 0 ] || [ -e "$work/healthy" ] || exec sleep 300
SCRIPT
chmod +x "$pretended"
touch "$work/pieces"
bench/gpu_programme.sh --dry-run --results "$work/results" --build "$work/build" --only tests >"$work/out" 2>&1 &
program=$!
for ((i = 0; i < 600; i++)); do
  [ "$(wc -l <"$work/pieces")" = 2 ] && break
  sleep 0.1
done
kill -TERM "$program"
wait "$program"
[ $? = 130 ] || complain "a stopped programme did not end with 130: $(cat "$work/out")"
lives() { kill -0 "$(cat "$work/running")" 2>/dev/null; }
for ((i = 0; i < 50; i++)); do lives && sleep 0.1; done  # whoever inherits an ended process may take a while to reap it
lives && complain "what it had started lives on"
programme 0 --list
prints '^tests  *unfinished'

# The next run begins with the piece that hung; what has passed is not run again.
touch "$work/healthy"
programme 0 --only tests
[ "$(paste -sd' ' "$work/pieces")" = '0 1 1' ] || complain "pieces that ran: $(paste -sd' ' "$work/pieces")"
programme 0 --only tests
[ "$(paste -sd' ' "$work/pieces")" = '0 1 1' ] || complain "pieces ran again: $(paste -sd' ' "$work/pieces")"

# What --pack copies is all that a build needs, where the packages to copy it from are installed.
if bench/gpu_programme.sh --pack "$work/pack" >"$work/out" 2>&1; then
  cmake --preset default -B "$work/packed" -D CMAKE_PREFIX_PATH="$work/pack" -D CADENA_FETCH=OFF -D CADENA_WITH_ZIP=OFF \
    >"$work/out" 2>&1 || complain "no build of what --pack made: $(cat "$work/out")"
  for library in CLI11 Eigen3 GTest fmt nlohmann_json; do
    grep -q "^${library}_DIR:PATH=$work/pack/" "$work/packed/CMakeCache.txt" || complain "$library is not the one that --pack made"
  done
else
  prints 'gpu_programme: there is no /usr/'
fi
exit $status
