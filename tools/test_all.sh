# shellcheck shell=bash disable=SC2154
# Sourced by ./cadena: `cadena test --all`, the checks of the project, part by part. What has passed on these very
# sources is not run again, so an interrupted run goes on where it stopped.

all_packages=(build check format docs figures bench notebooks)

# name | what must be there: command:NAME, file:PATH or nvcc, separated by blanks | command
# A part whose needs are not met is skipped, and the reason named. A * before the name: one more build of all, by another
# compiler, in another form or for another machine. Together these take longer than all the others, and run only when
# they are named. A + before the name: it keeps one core busy, so the parts after it run beside it.
all_parts='
tests     |                                        | run_tests default
package   |                                        | run_slow
format    | command:clang-format-14                | "$root/cadena" format --check
includes  | file:cadena.h                          | "$root/tools/check_includes_budget.sh" --time
asan      |                                        | run_tests asan
tsan      |                                        | run_tests tsan
*clang    | command:clang++                        | run_tests clang
*shared   |                                        | run_tests shared
*aarch64  | command:aarch64-linux-gnu-g++ command:qemu-aarch64-static command:apt-get | run_arm
*nvcc     | nvcc                                   | build_preset nvcc cadena_emulated_nvcc cadena_hopper_nvcc
*gpu      | nvcc                                   | build_preset cuda ladder cadena_test_cuda gpt_training
rehearsal | command:python3                        | run_rehearsal
bench     | command:python3                        | run_bench
+mutation | file:tools/mutate.py command:python3   | "$root/cadena" mutate --minutes 4 --record "$root/build/mutation/record.json"
python    | command:python3                        | run_python
notebooks | command:python3                        | run_notebooks
docs      | file:docs/CMakeLists.txt command:doxygen | "$root/cadena" docs --check
'

# Prints why a part cannot run; nothing when it can.
unmet() {
  local need
  for need in $1; do
    case $need in
      command:*) command -v "${need#*:}" >/dev/null || echo "${need#*:} is not installed" ;;
      nvcc) command -v nvcc >/dev/null || [ -x /usr/local/cuda/bin/nvcc ] || echo "nvcc is not installed" ;;
      file:*) [ -e "$root/${need#*:}" ] || echo "there is no ${need#*:} yet" ;;
    esac
  done
}

# run_tests PRESET: configure, build, test.
run_tests() {
  local preset=$1 prefix=()
  # The thread sanitizer of older compilers cannot live with the address randomization of newer kernels.
  if [ "$preset" = tsan ] && setarch "$(uname -m)" -R true 2>/dev/null; then prefix=(setarch "$(uname -m)" -R); fi
  build_preset "$preset" && (cd "$root" && "${prefix[@]}" ctest --preset "$preset" -j "$(nproc)" --no-tests=error)
}

# The portable code paths, on 64-bit ARM.
run_arm() { "$root/tools/arm_libraries.sh" "$root/build/arm-libraries" && run_tests aarch64; }

# The tests that the presets leave out.
run_slow() { build_preset default && ctest --test-dir "$root/build/default" -L slow -j "$(nproc)" --output-on-failure --no-tests=error; }

# The kernel of the notebooks, and every chapter's notebook from top to bottom.
run_notebooks() {
  build_preset default cadena_notebook && (notebook_environment) &&
    "$root/build/notebook-env/bin/python" "$root/tests/notebook/kernel_test.py" && "$root/cadena" notebook all --execute
}

# NumPy and the Python library safetensors read the files that we write; the other tests skip this where they are missing.
run_python() {
  local environment="$root/build/python-env"
  build_preset default cadena_test_tensor && python3 -m venv "$environment" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$root/tests/reference/io/requirements.txt" &&
    (cd "$root" && CADENA_PYTHON=$environment/bin/python build/default/bin/cadena_test_tensor --gtest_filter='Python.*')
}

# What a GPU machine would do, on the emulator.
run_rehearsal() {
  local results="$root/build/rehearsal"
  rm -rf "$results"
  build_preset default cadena_test_cuda ladder cadena_microscope_ladder gpt_training &&
    "$root/bench/gpu_programme.sh" --dry-run --results "$results"
}

# Each benchmark runs, and by a name that the side of PyTorch knows; what it measures here means nothing.
run_bench() {
  build_preset bench cadena_bench &&
    python3 "$root/bench/compare.py" --bench "$root/build/bench/bin/cadena_bench" --anyway --rounds 1 --seconds 0.01
}

# A number that changes with any source file, tracked or new.
sources_key() {
  (
    cd "$root" || exit
    if git rev-parse HEAD 2>/dev/null; then
      git diff HEAD
      git ls-files -o --exclude-standard -z | xargs -0r sha1sum
    else
      find . -type f -not -path './build/*' -not -path './out/*' -print0 | sort -z | xargs -0r sha1sum
    fi
  ) | sha1sum | cut -c1-16
}

# run_part NAME KEY COMMAND: the output goes to a log, whose end is shown where it fails; a success is written down.
run_part() {
  local log="$root/build/test-all/$1.log" begin=$SECONDS
  say "$1: running (output in build/test-all/$1.log)"
  if (eval "$3") >"$log" 2>&1 </dev/null; then
    echo "$1 $2 $((SECONDS - begin))" >>"$root/build/test-all/passed"
  else
    tail -n 40 "$log" >&2
  fi
}

# seconds_of NAME KEY: how long the part took when it passed on these sources; nothing if it has not.
seconds_of() { awk -v n="$1" -v k="$2" '$1 == n && $2 == k {print $3; exit}' "$root/build/test-all/passed"; }

# All tests of the preset default. With the packages that `test --all` asks for these are its part `tests`, and count as such.
tests_as_part() {
  local key begin=$SECONDS
  key=$(sources_key)
  run_tests default || return
  if [ -z "$(missing_packages "${all_packages[@]}")" ]; then
    mkdir -p "$root/build/test-all" && echo "tests $key $((SECONDS - begin))" >>"$root/build/test-all/passed"
  fi
}

# test_all [--fresh] [PART…]
test_all() {
  local dir="$root/build/test-all" key mark name needs command reason seconds wanted=() order=() more=() failed=0 skipped=0
  local -A row=()
  mkdir -p "$dir"
  while [ $# -gt 0 ]; do
    case $1 in
      --fresh) rm -f "$dir/passed" ;;
      *) wanted+=("$1") ;;
    esac
    shift
  done
  for name in "${wanted[@]}"; do
    # shellcheck disable=SC2046
    one_of "$name" "part of test --all" $(awk '{sub("[*+]", "", $1); print $1}' <<<"$all_parts")
  done
  set_up "${all_packages[@]}"
  # Warnings are errors in new build folders, unless they are not in build/default, whose objects the compiler's cache has.
  CADENA_WERROR=$(sed -n 's/^CADENA_WERROR:BOOL=//p' "$root/build/default/CMakeCache.txt" 2>/dev/null || true)
  export CADENA_WERROR=${CADENA_WERROR:-ON}
  touch "$dir/passed"
  key=$(sources_key)
  while IFS='|' read -r name needs command; do
    name=${name// /}
    [ -n "$name" ] || continue
    mark=${name%%[a-z]*}
    name=${name#[*+]}
    if [ ${#wanted[@]} -gt 0 ]; then
      if [[ " ${wanted[*]} " != *" $name "* ]]; then continue; fi
    elif [ "$mark" = '*' ]; then
      more+=("$name")
      continue
    fi
    order+=("$name")
    reason=$(unmet "$needs" | paste -sd, | sed 's/,/, /g')
    seconds=$(seconds_of "$name" "$key")
    if [ -n "$reason" ]; then
      say "$name: skipped, $reason"
      row[$name]="skipped  $reason"
      skipped=$((skipped + 1))
    elif [ -n "$seconds" ]; then
      row[$name]="passed   earlier, in $seconds s"
    elif [ "$mark" = + ]; then
      # A process group of its own, which Ctrl-C then ends as it ends all others.
      set -m
      run_part "$name" "$key" "$command" &
      set +m
      # shellcheck disable=SC2064
      trap "kill -- -$! 2>/dev/null; exit 130" INT TERM
    else
      run_part "$name" "$key" "$command"
    fi
  done <<<"$all_parts"
  wait
  trap - INT TERM
  say ""
  for name in "${order[@]}"; do
    if [ -z "${row[$name]:-}" ]; then
      seconds=$(seconds_of "$name" "$key")
      row[$name]="passed   $seconds s"
      if [ -z "$seconds" ]; then
        row[$name]="FAILED   see build/test-all/$name.log"
        failed=$((failed + 1))
      fi
    fi
    printf '%-10s %s\n' "$name" "${row[$name]}"
  done
  printf '%d failed, %d skipped\n' "$failed" "$skipped"
  if [ ${#more[@]} -gt 0 ]; then printf 'left out for time, other compilers, forms and machines: ./cadena test --all %s\n' "${more[*]}"; fi
  [ "$failed" = 0 ]
}
