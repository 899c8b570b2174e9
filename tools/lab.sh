# shellcheck shell=bash disable=SC2154
# `cadena lab`: sourced by ./cadena. Builds what a hand-in is linked against; tools/lab does the rest.

command_lab() {
  local prefix="$root/build/default/prefix" word
  command -v python3 >/dev/null || fail "lab: python3 is missing"
  for word in "${@:2}"; do
    case $word in -h | --help) exec python3 "$root/tools/lab/lab.py" "$@" ;; esac
  done
  case ${1:-} in start | check | grade | release | verify) python3 "$root/tools/lab/lab.py" foresee "$@" || exit ;; esac
  case ${1:-help} in
    start)
      set_up build
      build_preset default all_libraries >&2
      cmake --install "$root/build/default" --prefix "$prefix" >/dev/null || fail "lab: installing into $prefix failed"
      export CADENA_PREFIX=$prefix
      ;;
    release)
      set_up build
      build_preset portable all_libraries >&2
      export CADENA_LAB_TOOLCHAIN="$root/build/portable/lab/toolchain.json"
      ;;
    check | grade | verify)
      set_up build
      build_preset default all_libraries >&2
      export CADENA_LAB_TOOLCHAIN="$root/build/default/lab/toolchain.json"
      ;;
    list | regrade | help | -h | --help) ;;
    *) unknown "$1" "command of lab" list start check grade release regrade verify ;;
  esac
  exec python3 "$root/tools/lab/lab.py" "$@"
}
