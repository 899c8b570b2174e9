#!/usr/bin/env bash
# The front door answers every word: it lists its commands, guesses at slips, and says plainly what it cannot do.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export CADENA_INSTALL=0
status=0

# expect CODE PATTERN WORD…: `./cadena WORD…` exits with CODE and prints PATTERN.
expect() {
  local code=$1 pattern=$2 output got
  shift 2
  output=$(./cadena "$@" 2>&1 </dev/null)
  got=$?
  if [ "$got" != "$code" ] || ! grep -q -e "$pattern" <<<"$output"; then
    printf 'cadena %s: expected exit code %s and "%s", got %s and:\n%s\n' "$*" "$code" "$pattern" "$got" "$output"
    status=1
  fi
}

expect 0 './cadena test --all' help
expect 0 './cadena demo'
expect 2 "Did you mean 'ladder'?" lader
expect 0 '^threads  *[1-9]' info
expect 0 '' list
expect 2 "Did you mean 'test'?" tset
expect 2 "Did you mean 'format'?" formt
expect 2 "Did you mean 'bench'?" benchmark
expect 2 "there is no command 'xyzzy'.$" xyzzy
expect 2 "Did you mean '--check'?" format --chek
expect 2 "Did you mean '--all'?" test --al
expect 2 "there is no layer 'repositroy'. Did you mean 'repository'?" test repositroy
expect 2 "Did you mean 'debug'?" build debgu
expect 2 "Did you mean 'asan'?" test --all azan
expect 1 'which' run
exit $status
