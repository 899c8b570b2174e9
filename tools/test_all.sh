# shellcheck shell=bash disable=SC2154
# Sourced by ./cadena: `cadena test --all`, the checks of the project, part by part. What has passed on these very
# sources is not run again, so an interrupted run goes on where it stopped.

# name | what must be there: command:NAME, file:PATH or nvcc, separated by blanks | command
# A part whose needs are not met is skipped, and the reason named. A * before the name: one more build of all, by another
# compiler, in another form or for another machine. Together these take longer than all the others, and run only when
# they are named.
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
mutation  | file:tools/mutate.py command:python3   | "$root/cadena" mutate --minutes 5 --record "$root/build/mutation/record.json"
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

# test_all [--fresh] [PART…]
test_all() {
  local dir="$root/build/test-all" key name needs command reason seconds begin wanted=() more=() failed=0 skipped=0 table=""
  mkdir -p "$dir"
  while [ $# -gt 0 ]; do
    case $1 in
      --fresh) rm -f "$dir/passed" ;;
      *) wanted+=("$1") ;;
    esac
    shift
  done
  for name in "${wanted[@]}"; do
    grep -qE "^[*]?$name " <<<"$all_parts" || unknown "$name" "part of test --all" $(awk '{sub("[*]", "", $1); print $1}' <<<"$all_parts")
  done
  set_up build check format docs figures bench notebooks
  export CADENA_WERROR=ON  # the default of new build folders
  touch "$dir/passed"
  key=$(sources_key)
  while IFS='|' read -r name needs command; do
    name=${name// /}
    [ -n "$name" ] || continue
    if [ ${#wanted[@]} -gt 0 ]; then
      if [[ " ${wanted[*]} " != *" ${name#"*"} "* ]]; then continue; fi
    elif [[ $name = "*"* ]]; then
      more+=("${name#"*"}")
      continue
    fi
    name=${name#"*"}
    reason=$(unmet "$needs" | paste -sd, | sed 's/,/, /g')
    if [ -n "$reason" ]; then
      say "$name: skipped, $reason"
      table+=$(printf '%-10s skipped  %s' "$name" "$reason")$'\n'
      skipped=$((skipped + 1))
    elif seconds=$(awk -v n="$name" -v k="$key" '$1 == n && $2 == k {print $3; exit}' "$dir/passed") && [ -n "$seconds" ]; then
      table+=$(printf '%-10s passed   earlier, in %s s' "$name" "$seconds")$'\n'
    else
      say "$name: running (output in build/test-all/$name.log)"
      begin=$SECONDS
      if (eval "$command") >"$dir/$name.log" 2>&1 </dev/null; then
        seconds=$((SECONDS - begin))
        echo "$name $key $seconds" >>"$dir/passed"
        table+=$(printf '%-10s passed   %s s' "$name" "$seconds")$'\n'
      else
        tail -n 40 "$dir/$name.log" >&2
        table+=$(printf '%-10s FAILED   see build/test-all/%s.log' "$name" "$name")$'\n'
        failed=$((failed + 1))
      fi
    fi
  done <<<"$all_parts"
  printf '\n%s%d failed, %d skipped\n' "$table" "$failed" "$skipped"
  if [ ${#more[@]} -gt 0 ]; then printf 'left out for time, other compilers, forms and machines: ./cadena test --all %s\n' "${more[*]}"; fi
  [ "$failed" = 0 ]
}
