#!/usr/bin/env bash
# no_serialized_wgmma.sh COMMAND…: runs a compiler, and fails where it says that wgmma instructions wait for each other or
# that it ignored setmaxnreg. ptxas only mentions this (C75xx), under every warning level; the kernel is then slow, not wrong.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" 2>"$log"
status=$?
cat "$log" >&2
if grep -q '(C75[0-9][0-9])' "$log"; then
  echo "no_serialized_wgmma: ptxas serializes wgmma or ignores setmaxnreg, see above" >&2
  exit 1
fi
exit $status
