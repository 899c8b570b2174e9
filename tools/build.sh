# shellcheck shell=bash disable=SC2154
# Sourced by ./cadena: configures and builds presets, one process at a time in each build folder.

presets() { sed -n '/"configurePresets"/,/"buildPresets"/s/^ *"name": "\([a-z0-9]*\)".*/\1/p' "$root/CMakePresets.json" | grep -v '^base$'; }

# Compilers of template code take up to 1.5 GiB each: as many at a time as cores and memory allow.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo 2>/dev/null || echo "$cores")
  [ "$memory" -lt 1 ] && memory=1
  echo $((cores < memory ? cores : memory))
}

# claim FOLDER: waits until no other front door builds in the folder, and keeps it until this shell ends. File descriptor 9
# holds the lock; programs that are started must not inherit it.
claim() {
  command -v flock >/dev/null || return 0
  exec 9<>"$1/.lock"
  if ! flock -n 9; then
    say "Another ./cadena ($(cat "$1/.lock")) builds in ${1#"$root"/}; waiting for it ..."
    flock 9
  fi
  echo "process $$" >"$1/.lock"
}

# build_preset PRESET [TARGET…]: PRESET is one that there is.
build_preset() {
  local preset=$1
  if ! mkdir -p "$root/build/$preset" 2>/dev/null || [ ! -w "$root/build/$preset" ]; then
    fail "$root/build/$preset may not be written by $(id -un); a clone in a folder of your own can be built"
  fi
  (claim "$root/build/$preset" && configure_and_build "$@" 9>&-) || exit
}

configure_and_build() {
  local preset=$1 log="$root/build/$1/configure.log" generator=()
  shift
  if ! command -v ninja >/dev/null && [ ! -f "$root/build/$preset/build.ninja" ]; then generator=(-G "Unix Makefiles"); fi
  say "Configuring ($preset) ..."
  if ! (cd "$root" && cmake --preset "$preset" "${generator[@]}") >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    fail "configuring failed; the log is build/$preset/configure.log"
  fi
  grep -A3 'CMake Warning' "$log" >&2 || true
  say "Building ($preset) ..."
  (cd "$root" && cmake --build --preset "$preset" -j "$(jobs)" ${1:+--target "$@"}) || fail "the build failed"
}

command_build() {
  local option
  for option in "$@"; do
    case $option in
      -h | --help)
        say "./cadena build [PRESET] [TARGET...]   configures and builds; without a target everything, without a preset 'default'"
        say "PRESET: $(presets | paste -sd' ')"
        return
        ;;
      -*) unknown "$option" "option of build" --help ;;
    esac
  done
  [ $# -gt 0 ] || set -- default
  # shellcheck disable=SC2046
  one_of "$1" preset $(presets)
  set_up build
  build_preset "$@"
}
