# shellcheck shell=bash disable=SC2154
# Sourced by ./cadena: `cadena demo`. What the demo cannot use is refused before anything is built.

demo_parts=(gradients classify addition text)
largest_seed=18446744073709551615

# option;VALUE;regular expression of the value;meaning. The same names as in demo/main.cpp.
demo_options="
--only;PARTS;($(IFS='|' && echo "${demo_parts[*]}"))(,($(IFS='|' && echo "${demo_parts[*]}")))*;these parts alone, separated by commas: ${demo_parts[*]}
--text;FILE;.+;text for the language model, UTF-8 (default: the project's own pages)
--out;FOLDER;.+;figures and checkpoints go here (default: out)
--seed;N;0|[1-9][0-9]*;seed of everything random, from 0 to $largest_seed (default: 1)
--device;NAME;cpu|cuda;where to compute: cpu or cuda (default: cpu)
--effort;X;[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?;multiplies the number of training steps, from 0.001 to 1000 (default: 1)
--fresh;;;start anew, whatever checkpoints there are
"

demo_usage() {
  local option value pattern meaning
  echo "./cadena demo [options]   trains models on real data and reports; Ctrl-C leaves a checkpoint, the next run continues from it"
  echo
  while IFS=';' read -r option value pattern meaning; do
    if [ -n "$option" ]; then printf '  %-17s %s\n' "$option $value" "$meaning"; fi
  done <<<"$demo_options"
}

# check_demo_options OPTION…: ends with a message if the demo would refuse one of them.
check_demo_options() {
  local option value pattern meaning name
  while [ $# -gt 0 ]; do
    name=${1%%=*}
    IFS=';' read -r option value pattern meaning < <(grep -F -e "$name;" <<<"$demo_options") || true
    # shellcheck disable=SC2046
    [[ -n $option && $name = "$option" ]] || unknown "$1" "option of demo" $(grep -o -e '^--[a-z]*' <<<"$demo_options") --help
    [ -n "$value" ] || [ "$name" = "$1" ] || usage_error "demo: $name takes no value, got '${1#*=}'"
    if [ -n "$value" ]; then
      if [[ $1 == *=* ]]; then
        value=${1#*=}
      else
        [ $# -ge 2 ] || usage_error "demo: $name needs a value: $meaning"
        value=$2
        shift
      fi
      [[ $value =~ ^($pattern)$ ]] || usage_error "demo: $name cannot be '$value'; $name: $meaning"
      refuse_value "$name" "$value"
    fi
    shift
  done
}

# refuse_value OPTION VALUE: ends with a message if the value has the right form, and yet can only fail.
refuse_value() {
  case $1 in
    --text)
      [ -e "$2" ] || usage_error "demo: --text: there is no file '$2'"
      [ -f "$2" ] || usage_error "demo: --text: '$2' is not a regular file"
      [ -s "$2" ] || usage_error "demo: --text: '$2' is empty"
      ;;
    --out) [ ! -e "$2" ] || [ -d "$2" ] || usage_error "demo: --out: '$2' is a file, expected a folder" ;;
    --seed) # shell arithmetic ends before; numbers of one length are in the order of their texts
      # shellcheck disable=SC2071
      [[ ${#2} -lt ${#largest_seed} || (${#2} -eq ${#largest_seed} && ! $2 > $largest_seed) ]] ||
        usage_error "demo: --seed cannot be '$2', expected a whole number from 0 to $largest_seed"
      ;;
    --effort)
      awk -v x="$2" 'BEGIN { exit !(x >= 0.001 && x <= 1000) }' ||
        usage_error "demo: --effort cannot be '$2', expected a number from 0.001 to 1000"
      ;;
  esac
}

command_demo() {
  local option
  for option in "$@"; do
    case $option in -h | --help) demo_usage && return ;; esac
  done
  check_demo_options "$@"
  set_up build figures
  build_preset default cadena_demo >&2
  exec "$root/build/default/bin/cadena_demo" "$@"
}
