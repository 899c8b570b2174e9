#!/usr/bin/env bash
# Everything that is to be proved on a GPU machine, in parts of under eight minutes that can be run one at a time and again.
set -u
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
cd "$root" || exit 1

usage() {
  cat <<'TEXT'
bench/gpu_programme.sh [options]        run every part that has not passed yet, then print the table
  --only PART[,PART]   these parts, in this order, also where they have passed before
  --list               the parts there are, and how each ended
  --results DIR        where the records go (default: bench/results/DATE-DEVICE, or the newest for this device today)
  --deps DIR           a folder made by --pack: libraries for a machine that has none and no network
  --build DIR          the build folder (default: build/cuda)
  --dry-run            rehearse: the emulator in place of the device, tiny sizes, records of no value
  --seconds N          the most one part may take (default 460)
  --within N           the most all parts may take: those that do not fit are left for another run, the table is printed
  --pack DIR           only copy the libraries that Cadena is built on from this machine into DIR

A part ends as passed, failed, unfinished (out of time: run it again, it goes on where it stopped) or unavailable (a tool
is missing or refuses this machine; its words are recorded). What has passed on other sources runs again. Ends with 1 where
a part failed or is unfinished. Records: PART.json beside PART.log; `table` merges them into results.json and table.md.

Where a device is to be had for 15 minutes in all, two calls. By the processor time of single files 16 cores build in two
minutes what the first needs, and the tests in one. Every step of a ladder is checked before it is timed:
  --within 580 --only machine,build,ladder_gemm,ladder_attention,training,table
  --within 250 --only build_tests,tests,peers,certify,table
TEXT
}

. "$root/bench/programme/parts.sh"
. "$root/bench/programme/pack.sh"

only="" results="" deps="" build="" dry=0 seconds=460 within="" list=0
while [ $# -gt 0 ]; do
  case $1 in
    --only | --results | --deps | --build | --seconds | --within | --pack)
      [ $# -ge 2 ] || { echo "gpu_programme: $1 needs a value" >&2 && exit 2; }
      case $1 in
        --only) only=$2 ;;
        --results) results=$2 ;;
        --deps) deps=$(readlink -m "$2") ;;
        --build) build=$2 ;;
        --seconds) seconds=$2 ;;
        --within) within=$2 ;;
        --pack) pack "$2" && exit 0 || exit 1 ;;
      esac
      shift
      ;;
    --dry-run) dry=1 ;;
    --list) list=1 ;;
    -h | --help) usage && exit 0 ;;
    *) echo "gpu_programme: there is no option '$1'; --help lists them" >&2 && exit 2 ;;
  esac
  shift
done
for number in "$seconds" ${within:+"$within"}; do
  [[ $number =~ ^[1-9][0-9]*$ ]] || { echo "gpu_programme: $number is no positive number of seconds" >&2 && exit 2; }
done
[ -z "$deps" ] || [ -d "$deps/lib/cmake" ] || { echo "gpu_programme: $deps is no folder that --pack made" >&2 && exit 2; }
for part in ${only//,/ }; do
  [[ " ${parts[*]} " == *" $part "* ]] || { echo "gpu_programme: there is no part '$part'; there are: ${parts[*]}" >&2 && exit 2; }
done

[ -n "$build" ] || build=$root/build/$([ $dry = 1 ] && echo default || echo cuda)
record() { python3 "$root/bench/programme/record.py" "$@"; }
[ -n "$results" ] || results=$root/bench/results/$(record folder "$dry") || exit 1
export results build deps dry root
mkdir -p "$results" || exit 1

if [ $list = 1 ]; then
  record list "$results" "${parts[@]}"
  exit
fi
if [ $dry = 0 ] && ! command -v nvidia-smi >/dev/null; then
  echo "gpu_programme: no nvidia-smi, so there is no GPU here; --dry-run rehearses without one" >&2
  exit 1
fi

# The status that the exit code of a part stands for.
status_of() {
  case $1 in
    0) echo passed ;;
    77) echo unavailable ;;
    124 | 137) echo unfinished ;;
    *) echo failed ;;
  esac
}

# Ends the part that is running, with all that it started.
stop() {
  [ -z "$running" ] || kill "$running"
  wait
  [ -z "$running" ] || record part "$results" "$part" unfinished $((SECONDS - begin))
  exit 130
}
running=""
trap stop INT TERM HUP

bad=0
todo=("${parts[@]}")
[ -z "$only" ] || IFS=, read -ra todo <<<"$only"
for part in "${todo[@]}"; do
  if [ -z "$only" ] && [ "$part" != table ] && [ "$(record status "$results" "$part")" = passed ]; then
    echo "== $part: passed earlier"
    continue
  fi
  most=$seconds
  if [ -n "$within" ] && [ "$part" != table ]; then
    left=$((within - SECONDS - 5))
    [ "$left" -ge 1 ] || { echo "== $part: no time is left" && bad=1 && continue; }
    most=$((left < seconds ? left : seconds))
  fi
  echo "== $part"
  begin=$SECONDS
  timeout --kill-after=5 "$most" bash -c '. bench/programme/parts.sh; part_'"$part" >"$results/$part.log" 2>&1 </dev/null &
  running=$!
  wait "$running"
  status=$(status_of $?)
  running=""
  record part "$results" "$part" "$status" $((SECONDS - begin)) || exit 1
  case $status in
    passed) ;;
    unavailable) tail -n 3 "$results/$part.log" ;;
    *)
      tail -n 15 "$results/$part.log"
      bad=1
      ;;
  esac
  echo "   $status, $((SECONDS - begin)) s"
  if [ "$part" = build ] && [ "$status" != passed ]; then break; fi
done
if [ -z "$only" ] || [[ ,$only, == *,table,* ]]; then cat "$results/table.md"; else record table "$results" "${parts[@]}"; fi || bad=1
exit $bad
