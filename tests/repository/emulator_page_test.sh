#!/usr/bin/env bash
# Every test that docs/emulator.md names is there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
wrong=0 count=0
for name in $(grep -oE '`[A-Z][A-Za-z0-9]*\.[A-Z][A-Za-z0-9]*`' "$root/docs/emulator.md" | tr -d '`' | sort -u); do
  count=$((count + 1))
  grep -rqE "^TEST(_F|_P)?\(${name%.*}, ${name#*.}\)" "$root/tests/cuda" ||
    { echo "docs/emulator.md names the test $name, which is not there" && wrong=1; }
done
[ "$count" -ge 30 ] || { echo "found only $count names: has the table changed its form?" && wrong=1; }
exit "$wrong"
