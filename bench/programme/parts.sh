# shellcheck shell=bash disable=SC2154
# The parts of bench/gpu_programme.sh: part_NAME runs one, with $root, $build, $results, $deps and $dry set. It prints
# its log, leaves data for the table in $results/NAME*.data.json, and ends with 77 where a tool is not to be had.

ladders=(transpose reduce elementwise softmax layernorm gemm attention)
parts=(machine build build_tests tests certify suite)
parts+=(memcheck racecheck initcheck synccheck)
for ladder in "${ladders[@]}"; do parts+=("ladder_$ladder"); done
parts+=(peers ncu training table)

# unavailable REASON…: ends the part; the reason is recorded.
unavailable() {
  echo "unavailable: $*"
  exit 77
}

# The program of a CUDA tool, also where it is not in PATH.
cuda_tool() {
  local folder
  command -v "$1" && return
  for folder in "${CUDA_HOME:-/usr/local/cuda}/bin" "${CUDA_HOME:-/usr/local/cuda}/compute-sanitizer" /opt/nvidia/nsight-compute/*; do
    [ -x "$folder/$1" ] && echo "$folder/$1" && return
  done
  return 1
}

part_machine() { python3 bench/programme/record.py machine "$results" "$dry"; }

# build_targets TARGET…: as few as a part needs, so that the first times come early.
build_targets() {
  if [ "$dry" = 1 ]; then
    for target in "$@"; do
      [ -x "$build/bin/$target" ] || { echo "$build/bin/$target has not been built" && return 1; }
    done
    return
  fi
  local options=(-D CMAKE_CUDA_ARCHITECTURES="$(capability)" -D CADENA_WERROR=OFF)
  [ -z "$deps" ] || options+=(-D CMAKE_PREFIX_PATH="$deps" -D CADENA_FETCH=OFF -D CADENA_WITH_ZIP=OFF)
  cmake --preset cuda -B "$build" "${options[@]}" && cmake --build "$build" -j "$(nproc)" --target "$@"
}
part_build() { build_targets ladder gpt_training; }
part_build_tests() { build_targets cadena_test_cuda; }

# The compute capability of the first device: 90.
capability() { nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d .; }

# kernel_tests NAME SHARDS FILTER [COMMAND…]: the tests of label cuda in SHARDS pieces, under COMMAND. Pieces that have
# passed are not run again, so that a part that runs out of time goes on where it stopped.
kernel_tests() {
  local name=$1 shards=$2 filter=$3 shard key
  shift 3
  key="$(python3 bench/programme/record.py commit) $filter"
  touch "$results/$name.shards"
  for ((shard = 0; shard < shards; shard++)); do
    if grep -qxF -e "$shard of $shards: $key" "$results/$name.shards"; then continue; fi
    echo "-- piece $((shard + 1)) of $shards"
    GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$shard \
      "$@" "$build/bin/cadena_test_cuda" --gtest_brief=1 --gtest_filter="$filter" || return
    echo "$shard of $shards: $key" >>"$results/$name.shards"
  done
}

# The tests of label cuda; the certification of every op is a part of its own.
part_tests() {
  local filter='*-*Certif*'
  [ "$dry" = 0 ] || filter='*TransposeStep*X1*:*SumStep*R4*'
  kernel_tests tests 2 "$filter"
}

part_certify() {
  local filter='*Certif*'
  [ "$dry" = 0 ] || filter='*TransposeStep*X2*'
  kernel_tests certify 4 "$filter"
}

# The whole test suite of the preset, devices and all; needs every test program.
part_suite() {
  [ "$dry" = 0 ] || { ctest --test-dir "$build" -N -L cuda | tail -n 1 && return; }
  cmake --build "$build" -j "$(nproc)" && ctest --test-dir "$build" -j "$(nproc)" -LE '^(slow|package|repository)$' --output-on-failure
}

# sanitize TOOL: kernel tests under one tool of compute-sanitizer; the rehearsal has another order of threads instead.
# Every kernel is run, but not at every size: the tools slow them down by 10 to 100.
sanitize() {
  local program tool=$1
  if [ "$dry" = 1 ]; then
    kernel_tests "$tool" 2 '*SumStep*R1*' env CADENA_EMULATOR_SEED=1
    return
  fi
  program=$(cuda_tool compute-sanitizer) || unavailable "compute-sanitizer is not installed"
  if "$program" --tool "$tool" "$build/bin/ladder" transpose --steps X1 --size 32 --once 2>&1 | tee /dev/stderr |
    grep -qi -e 'not supported' -e 'unable to'; then
    unavailable "compute-sanitizer refuses this machine"
  fi
  kernel_tests "$tool" 8 '*-*Certif*:*IsCorrectOnBothSidesOfEveryTile*' \
    "$program" --tool "$tool" --error-exitcode 9 --print-limit 20
}
part_memcheck() { sanitize memcheck; }
part_racecheck() { sanitize racecheck; }
part_initcheck() { sanitize initcheck; }
part_synccheck() { sanitize synccheck; }

# run_ladder NAME SIZE…: the table at each size; 0 is the size that the ladder itself names.
run_ladder() {
  local name=$1 size status=0 options
  shift
  [ "$dry" = 0 ] || set -- 64
  for size in "$@"; do
    options=(--json "$results/ladder_$name.$size.data.json")
    [ "$size" = 0 ] || options+=(--size "$size")
    "$build/bin/ladder" "$name" "${options[@]}" || status=1
  done
  return "$status"
}
part_ladder_gemm() { run_ladder gemm 4096 4095 8192; }
part_ladder_transpose() { run_ladder transpose 0; }
part_ladder_reduce() { run_ladder reduce 0; }
part_ladder_elementwise() { run_ladder elementwise 0; }
part_ladder_softmax() { run_ladder softmax 0 1024 65536; }
part_ladder_attention() { run_ladder attention 4096 16384 1024; }
part_ladder_layernorm() { run_ladder layernorm 0 768; }

# PyTorch's softmax, layer norm, GELU, attention, matrix product and copy, eager and compiled.
part_peers() {
  local options=(--json "$results/peers.data.json")
  [ "$dry" = 0 ] || options+=(--dry-run)
  python3 bench/peers.py "${options[@]}"
}

# The microscope's counts against Nsight Compute's, step by step.
part_ncu() {
  local ncu="" step status=0 size=256 steps=(X1 X2 X3 X4 R2 R3 R4 G1 G2 G3 G5 G6 G7 G9 T2) microscope
  microscope=$root/build/default/bin/cadena_microscope_ladder
  if [ "$dry" = 1 ]; then
    steps=(X1 G3) size=64 microscope=$build/bin/cadena_microscope_ladder
  else
    ncu=$(cuda_tool ncu) || unavailable "ncu is not installed"
    cmake --preset default ${deps:+-D CMAKE_PREFIX_PATH="$deps" -D CADENA_FETCH=OFF -D CADENA_WITH_ZIP=OFF} >/dev/null &&
      cmake --build --preset default -j "$(nproc)" --target cadena_microscope_ladder || return
  fi
  [ -x "$microscope" ] || unavailable "the microscope is not in this build"
  for step in "${steps[@]}"; do
    CADENA_MICROSCOPE_NVCC_SECONDS=0 CADENA_MICROSCOPE_JSON=$results/counted.$step.json "$microscope" "$step" "$size" >/dev/null || return
    if [ "$dry" = 1 ]; then
      tools/compare_ncu.py --pretend "$results/counted.$step.json" >"$results/measured.$step.csv"
    else
      "$ncu" --csv --page raw --clock-control none --metrics "$(tools/compare_ncu.py --metrics)" \
        "$build/bin/ladder" "$(ladder_of "$step")" --steps "$step" --size "$size" --once >"$results/measured.$step.csv"
      if grep -q -e 'Failed to initialize' -e ERR_NVGPUCTRPERM "$results/measured.$step.csv"; then
        cat "$results/measured.$step.csv"
        unavailable "ncu reads no counters on this machine"
      fi
    fi
    echo "-- $step"
    tools/compare_ncu.py "$results/counted.$step.json" "$results/measured.$step.csv" --json "$results/ncu.$step.data.json" || status=1
  done
  rm -f "$results"/counted.*.json "$results"/measured.*.csv
  # Where nvcc merges or splits accesses the two differ by what docs/microscope.md says: the table shows both.
  [ "$dry" = 0 ] || return "$status"
}
ladder_of() { case $1 in X*) echo transpose ;; R*) echo reduce ;; *) echo gemm ;; esac; }

# train NAME COMMAND…: a report on training, unless these very sources have left it already.
train() {
  local name=$1 report=$results/training.$1.data.json key
  shift
  key="$(python3 bench/programme/record.py commit) $*"
  [ ! -e "$report" ] || [ "$(cat "$results/training.$name.done")" != "$key" ] || return 0
  echo "-- $name"
  rm -f "$report"
  "$@" --json "$report" && echo "$key" >"$results/training.$name.done"
}

# GPT-2 beside PyTorch: the losses of 20 steps in f32 from the same weights and tokens, then the speed in bf16.
part_training() {
  local start=$build/training cadena=("$build/bin/gpt_training" --device cuda) pytorch=(python3 bench/training/peer.py)
  local curve=(--dtype f32 --repetitions 0) speed=(--dtype bf16 --steps 5 --seconds 40) small large mode ends=() end
  if [ "$dry" = 1 ]; then
    small=(--vocabulary 67 --context 16 --layers 2 --heads 2 --width 32 --batch 2)
    large=("${small[@]}") curve+=(--learning-rate 3e-3) speed+=(--repetitions 2 --steps-each 2)
    pytorch+=(--device cpu --heads 2)
  else
    small=(--batch 4) large=(--batch "$(largest_batch)") curve+=(--learning-rate 1e-5)
    pytorch+=(--device cuda)
  fi
  # Where the first weights and tokens are gone, as on another machine, all begins again.
  [ -e "$start/curve/tokens.safetensors" ] && [ -e "$start/speed/tokens.safetensors" ] || rm -f "$results"/training.*.data.json

  train curve_cadena "${cadena[@]}" "${small[@]}" "${curve[@]}" --save "$start/curve" || return
  { train curve_pytorch "${pytorch[@]}" "${curve[@]}" --load "$start/curve" &&
    python3 bench/training/compare.py "$results"/training.curve_{cadena,pytorch}.data.json --json "$results/training.curve.data.json"
  } || ends+=($?)
  train cadena "${cadena[@]}" "${large[@]}" "${speed[@]}" --save "$start/speed" || return
  train cadena_graph "${cadena[@]}" "${large[@]}" "${speed[@]}" --load "$start/speed" --graph || ends+=($?)
  for mode in eager compiled graph; do
    train "pytorch_$mode" "${pytorch[@]}" --mode "$mode" "${speed[@]}" --load "$start/speed" || ends+=($?)
    [ "$dry" = 0 ] || break  # what the compiler takes its time for is known to work
  done
  for end in "${ends[@]}"; do [ "$end" = 77 ] || return 1; done
  [ ${#ends[@]} = 0 ] || unavailable "PyTorch is not installed or sees no GPU: there is nothing to compare with"
}
# Sequences in a step: as many as 4 GiB each allow, at most 32.
largest_batch() {
  nvidia-smi --query-gpu=memory.total --format=csv,noheader,nounits | awk 'NR == 1 { n = int($1 / 4096); print n < 1 ? 1 : n > 32 ? 32 : n }'
}

part_table() { python3 bench/programme/record.py merge "$results" "${parts[@]}"; }
