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
expect 0 '^07.*what the microscope counts on the ladders' list
expect 2 "Did you mean 'test'?" tset
expect 2 "Did you mean 'format'?" formt
expect 2 "Did you mean 'bench'?" benchmark
expect 2 "there is no command 'xyzzy'. There are: demo, test" xyzzy
expect 2 "there is no command '.164est'. There are: demo, test" '\164est'
expect 2 "Did you mean '--check'?" format --chek
expect 2 "Did you mean '--all'?" test --al
expect 2 "there is no layer 'repositroy'. Did you mean 'repository'?" test repositroy
expect 2 "there is no layer 'nn optim'" test 'nn optim'
expect 2 "Did you mean 'debug'?" build debgu
expect 2 "Did you mean 'asan'?" test --all azan
expect 2 'which program? There are: demo.* 01_backprop .*04_adam' run
expect 2 "there is no program 'xyzzy'. There are: .*demo" run xyzzy
expect 2 "there is no program '04_adan'. Did you mean '04_adam'?" run 04_adan
expect 2 "list takes no 'extra'" list extra
expect 2 "there is no command 'me'" help me
expect 2 "help test takes no 'me'" help test me
expect 0 '--minutes M' help mutate
expect 0 '^  ./cadena weave \[--check\]' weave --help
expect 0 '^  ./cadena test --all' help test
expect 2 "docs takes no 'x'" docs x
expect 2 "Did you mean '--check'?" docs --chek
expect 2 "Did you mean '--check'?" weave --chek
expect 2 "Did you mean '01_backprop'?" weave 01_backprp
expect 0 'PRESET: default debug' build --help
expect 2 'NAME: 01_backprop' notebook
expect 2 "there is no chapter '01_bakprop'. Did you mean '01_backprop'?" notebook 01_bakprop
expect 2 "there is no chapter '12'. There are: 01_backprop" notebook 12
expect 2 "Did you mean '--execute'?" notebook 01_backprop --excute
expect 2 "one chapter, not '01_backprop' and '04_adam'" notebook 01_backprop 04_adam
expect 2 'all of them only with --execute' notebook all
expect 2 'takes neither --fresh nor options of Jupyter' notebook 01_backprop --execute --fresh
expect 2 'takes neither --fresh nor options of Jupyter' notebook 01_backprop --execute -- --port 9000
expect 0 'docs/notebooks.md says' help notebook
expect 0 './cadena test' test --help
expect 0 '^download mnist' list
expect 0 '^04_adam ' list
expect 0 '^gpt_training .*GPT-2' list
expect 2 "Did you mean 'mnist'?" download mnst
expect 2 'NAME: mnist' download
expect 0 '^01_backprop .*points$' lab list
expect 0 './cadena lab start NAME DIR' lab
expect 2 "Did you mean 'check'?" lab chek

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
https_proxy=http://127.0.0.1:9 expect 1 '^https:.*: cannot be downloaded: ' download tiny_shakespeare "$work/data"
[ ! -e "$work/data" ] || { echo "a download that failed left a folder" && status=1; }

# What follows must not build: a stand-in for cmake writes down each call, and whether two ran at once.
mkdir -p "$work/bin" "$work/tree/tests/nn" "$work/tree/tests/tensor"
cat >"$work/bin/cmake" <<'EOF'
#!/bin/sh
mkdir "$CALLS/running" || echo overlap >>"$CALLS/log"
echo "$*" >>"$CALLS/log"
for i in $(seq 200); do [ -e "$CALLS/hold" ] && sleep 0.1; done
rmdir "$CALLS/running"
EOF
printf '#!/bin/sh\necho "ctest $*" >>"$CALLS/log"\n' >"$work/bin/ctest"
chmod +x "$work/bin/cmake" "$work/bin/ctest"
mkdir "$work/tree/cuda" && cp -r cuda/ladder "$work/tree/cuda"
mkdir "$work/tree/tutorials"
for folder in tutorials/[0-9]*; do
  mkdir "$work/tree/$folder" && cp "$folder"/{README.md,lab.*} "$work/tree/$folder"
done
cp -r cadena cmake tools demo bench README.md CMakePresets.json "$work/tree"
touch "$work/tree/tests/nn/a_test.cpp" "$work/tree/tests/tensor/a_test.cpp"
export CALLS=$work PATH="$work/bin:$PATH"
cd "$work/tree" || exit 1

complain() {
  echo "$*"
  status=1
}

expect 0 '--effort X' demo --help
expect 2 "there is no program 'dem.'" run dem.
expect 2 "there is no option of demo ''" demo ''
expect 2 "there is no option of demo '--hlep'. Did you mean '--help'?" demo --hlep
expect 2 "\-\-fresh takes no value, got '1'" demo --fresh=1
expect 2 "Did you mean '--fresh'?" demo --frehs
expect 2 "\-\-only cannot be 'text,clasify'" demo --only text,clasify
expect 2 "\-\-seed cannot be '-1'; --seed: .*, from 0 to 18446744073709551615" demo --seed -1
expect 2 "\-\-seed cannot be '18446744073709551616', expected .* to 18446744073709551615" demo --seed 18446744073709551616
expect 2 "\-\-seed cannot be '010'" demo --seed 010
expect 2 "there is no option of demo '--\['. There are: --only" demo '--['
[ "$(./cadena demo '--[' 2>&1 | wc -l)" = 1 ] || complain "demo '--[' says more than one line"
expect 2 "\-\-effort cannot be 'many'" demo --effort many
expect 2 'demo: --effort needs a value' demo --effort
expect 2 "cannot be '0', expected a number from 0.001 to 1000" demo --effort 0
expect 2 "cannot be '-1'" demo --effort=-1
expect 2 "cannot be '1e999', expected a number" demo --effort 1e999
expect 2 "there is no file '/nonexistent'" demo --text=/nonexistent
expect 2 "'tools' is not a regular file" demo --text tools
expect 2 "'tests/nn/a_test.cpp' is empty" demo --text tests/nn/a_test.cpp
expect 2 "'cadena' is a file, expected a folder" demo --out cadena
expect 2 "there is no option of build '--fast'" build --fast
expect 2 "there is no step 'G99'. Did you mean 'G9'?" microscope G99
expect 2 'there is no file /nonexistent.cu' microscope /nonexistent.cu
expect 2 'cadena is not a source' microscope ./cadena
expect 2 'tools is not a regular file' microscope ./tools
expect 2 "there is no ladder 'gem'. Did you mean 'gemm'?" ladder gem
expect 2 "there is no option of ladder '--bad'. There are: --size, .*, --help" ladder --bad
expect 2 "there is no option of ladder '--stict'. Did you mean '--strict'?" ladder gemm --size 64 --stict
expect 2 "there is no ladder 'emulated'. There are: attention, elementwise, gemm" ladder emulated
expect 2 "there is no chapter '12'. There are: 01_backprop" weave 12
expect 2 '\-\-limit and --minutes take numbers from 0 on' mutate --limit -3
expect 1 'there is no file .*/nonexistent.cpp' mutate nonexistent.cpp
expect 2 "Did you mean '--benchmark_filter'?" bench --benchmark_flter=x
expect 2 'unrecognized arguments: --rouns' bench --compare --rouns 3
expect 2 'take positive numbers' bench --compare --rounds 0
expect 0 'which others disturb less' bench --compare --help
expect 2 "there is no chapter '..'. There are: 01_backprop" notebook ..
expect 2 "there is no chapter '01_backprop/'. Did you mean '01_backprop'?" notebook 01_backprop/
expect 2 "there is no chapter '..'. There are: 01_backprop" weave ..
expect 2 'arguments are required: folder' lab start 1
expect 1 "there is no lab '12'. There are: 01_backprop" lab start 12 "$work/lab"
expect 1 'is there already, and not empty' lab start 1 .
expect 1 'there is no lab.cpp or lab.cu in /nonexistent' lab check /nonexistent
expect 2 "invalid int value: 'many'" lab check . --hints many
expect 0 '--test TEST' lab check --help
expect 1 'there is no /nonexistent' lab grade /nonexistent --lab 1
expect 2 "invalid choice: 'xml'" lab grade . --format xml
expect 1 'cannot write to /nonexistent' lab release 1 --out /nonexistent/release.zip
expect 1 "Did you mean '01_backprop'?" lab verify 01_bakprop
[ ! -e "$work/log" ] || complain "built before the options were looked at: $(cat "$work/log")"

# A folder that cannot be made or written. root may write everywhere, but not below a file.
touch build
CXX=true expect 1 'build/default may not be written by' build
[ ! -e "$work/log" ] || complain "built in a folder that may not be written: $(cat "$work/log")"
rm build

table=$(./cadena demo --help | grep -o -e '^  --[a-z]*' | sort | paste -sd' ')
program=$(grep -o 'add_\(option\|flag\)("--[a-z]*' demo/main.cpp | sed 's/.*"/  /' | sort | paste -sd' ')
[ "$table" = "$program" ] || complain "demo --help lists $table, demo/main.cpp takes $program"
table=$(./cadena ladder --help | grep -o -e '^  --[a-z]*' | sort | paste -sd' ')
program=$(grep -o 'add_\(option\|flag\)("--[a-z]*' tools/ladder/main.cpp | sed 's/.*"/  /' | sort | paste -sd' ')
[ "$table" = "$program" ] || complain "ladder --help lists $table, tools/ladder/main.cpp takes $program"

CXX=true ./cadena test nn tensor >/dev/null 2>&1
grep -q -e '--target cadena_test_nn cadena_test_tensor' "$work/log" || complain "test nn tensor: not both built: $(cat "$work/log")"
grep -q -e '^ctest .*-L ^(nn|tensor)\$' "$work/log" || complain "test nn tensor: not both run: $(cat "$work/log")"
CXX=true ./cadena test package nn >/dev/null 2>&1
grep -q -e '--target all_libraries cadena_test_nn' "$work/log" || complain "test package nn: not both built: $(cat "$work/log")"

# Values that begin like options, and the largest seed, reach the programs.
mkdir -p build/default/bin
for name in cadena_demo ladder; do
  printf '#!/bin/sh\necho "$0 got $*"\n' >"build/default/bin/$name" && chmod +x "build/default/bin/$name"
done
export CXX=true
expect 0 'cadena_demo got --seed 18446744073709551615' demo --seed 18446744073709551615
expect 0 'cadena_demo got --seed=0' demo --seed=0
expect 0 'ladder got gemm --size -1 --json -.json --plot --strict' ladder gemm --size -1 --json -.json --plot --strict
unset CXX

# A compiler that still has to say something when its first line was read.
printf '#!/bin/sh\necho slow 1.0; sleep 0.2; echo by nobody\n' >"$work/bin/slow-c++"
chmod +x "$work/bin/slow-c++"
output=$(CXX=slow-c++ ./cadena info 2>&1)
! grep -qx none <<<"$output" || complain "info does not wait for the whole answer: $output"

# Two builds at once: the second waits and says for whom. The first is held until the second has said so, 10 s at most.
wait_for() { for _ in $(seq 200); do "$@" 2>/dev/null && return || sleep 0.05; done; }
touch "$work/hold"
CXX=true ./cadena build >/dev/null 2>&1 &
first=$!
wait_for test -e "$work/running"
CXX=true ./cadena build >"$work/second" 2>&1 &
second=$!
wait_for grep -q -e Another -e Building "$work/second"
rm "$work/hold"
wait "$first" || complain 'the first of two builds failed'
wait "$second" || complain 'the second of two builds failed'
output=$(cat "$work/second")
if command -v flock >/dev/null; then
  grep -q 'Another ./cadena (process [0-9]*) builds in build/default' <<<"$output" || complain "no word of waiting: $output"
  ! grep -q overlap "$work/log" || complain 'two builds ran at once in one folder'
fi
exit $status
