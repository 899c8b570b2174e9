# `cadena microscope`: sourced by ./cadena.

microscope_usage() {
  cat <<'EOF'
./cadena microscope FILE.cu [options] [-- ARGUMENTS]   look at a program of yours: it is compiled, run, and reported on
./cadena microscope STEP [options]                     look at a step of a ladder: G1, X2, R3 ...
./cadena microscope list                               the steps there are

  --size N      the size of the problem: a step's, or the last argument of a program of yours
  --gpu NAME    whose bound to predict: t4 a100 rtx3090 rtx4090 l4 h100 h200 (default)
  --json FILE   write the counts as JSON
  --html FILE   write the source with its counts, as a page of its own

Counts come from the emulator: no GPU is needed, and nothing here is measured time. Ends with 3 where it finds a fault in
the kernel. docs/microscope.md says what is counted and where a GPU differs.
EOF
}

# absolute FILE: its path from the root of the file system, also where it does not exist yet
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

command_microscope() {
  local what="" size="" arguments=()
  while [ $# -gt 0 ]; do
    case $1 in
      --size | --gpu | --json | --html)
        [ $# -ge 2 ] || usage_error "microscope: $1 needs a value"
        case $1 in
          --size) size=$2 ;;
          --gpu) export CADENA_MICROSCOPE_GPU=$2 ;;
          --json) CADENA_MICROSCOPE_JSON=$(absolute "$2") && export CADENA_MICROSCOPE_JSON ;;
          --html) CADENA_MICROSCOPE_HTML=$(absolute "$2") && export CADENA_MICROSCOPE_HTML ;;
        esac
        shift
        ;;
      --)
        shift
        arguments=("$@")
        break
        ;;
      -h | --help)
        microscope_usage
        return
        ;;
      -*) unknown "$1" "option of microscope" --size --gpu --json --html --help ;;
      *)
        [ -z "$what" ] || usage_error "microscope: one file or step, not '$what' and '$1'"
        what=$1
        ;;
    esac
    shift
  done
  if [ -z "$what" ]; then
    microscope_usage
    exit 2
  fi
  if [ -n "$size" ] && ! [[ $size =~ ^[1-9][0-9]{0,8}$ ]]; then usage_error "microscope: --size $size is no positive number"; fi
  case $what in
    list) microscope_step list "" ;;
    *.* | */*) microscope_file "$(absolute "$what")" "${arguments[@]}" ${size:+"$size"} ;;
    *)
      # shellcheck disable=SC2046
      one_of "$what" step $(microscope_steps)
      microscope_step "$what" "$size"
      ;;
  esac
}

# The steps of all ladders, without a build.
microscope_steps() { sed -n 's/.*\.id = "\([A-Za-z0-9]*\)".*/\1/p' "$root"/cuda/ladder/*/steps*; }

microscope_build() {
  set_up build
  build_preset default "$@" >&2
  [ -f "$root/build/default/microscope/compile.rsp" ] ||
    fail "microscope: not in this build: $(grep -o 'Microscope: .*' "$root/build/default/configure.log" || echo 'it needs g++ on x86-64')"
}

# microscope_file FILE [ARGUMENT...]
microscope_file() {
  local file=$1 folder="${CADENA_BUILD:-$root/build/default}/microscope" program compiler status=0
  shift
  [ -e "$file" ] || usage_error "microscope: there is no file $file"
  [ -f "$file" ] || usage_error "microscope: $file is not a regular file"
  case $file in *.cu | *.cpp) ;; *) usage_error "microscope: $file is not a source: expected FILE.cu or FILE.cpp, or a step" ;; esac
  microscope_build cadena_microscope_standalone cadena_microscope
  program=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$program'" EXIT
  python3 "$root/tools/launch_syntax.py" "$file" >"$program/source.cu"
  compiler=$(cat "$folder/compiler")
  if ! { "$compiler" "@$folder/compile.rsp" -I "$(dirname "$file")" -x c++ -c "$program/source.cu" -o "$program/program.o" &&
    "$compiler" "$program/program.o" "@$folder/link.rsp" -o "$program/program"; }; then
    fail "microscope: $file does not compile"
  fi
  CADENA_MICROSCOPE_SOURCE=$file "$program/program" "$@" || status=$?
  exit "$status"
}

# microscope_step STEP SIZE
microscope_step() {
  microscope_build cadena_microscope_ladder
  exec "$root/build/default/bin/cadena_microscope_ladder" "$1" ${2:+"$2"}
}
