# shellcheck shell=bash disable=SC2154
# `cadena notebook`: sourced by ./cadena.

notebook_usage() {
  cat <<'EOF'
./cadena notebook NAME [--fresh] [-- OPTIONS]   open a chapter (01_backprop, or 1) in Jupyter: its text, and cells of C++ that
                                                you can change and run; OPTIONS go to Jupyter (--no-browser, --port 9000)
./cadena notebook NAME --execute                run it from top to bottom without a browser, and compare it with the page
./cadena notebook all --execute                 the same for every chapter

Notebooks lie in out/notebooks; yours is kept when you open it again, --fresh begins a new one and keeps the old one beside it.
The first start makes an environment in build/notebook-env, which needs the network. docs/notebooks.md says what a cell may hold.
EOF
}

# restore_notebook_environment ENVIRONMENT: takes back what was there before a new one was begun.
restore_notebook_environment() {
  rm -rf "$1"
  if [ -e "$1.before" ]; then mv "$1.before" "$1"; fi
}

# notebook_environment: makes build/notebook-env, unless it is there, from these requirements, and runs.
notebook_environment() {
  local environment=$root/build/notebook-env requirements=$root/tools/notebook/requirements.txt kernel
  { mkdir -p "$root/build" 2>/dev/null && [ -w "$root/build" ]; } || fail "notebook: $root/build cannot be written"
  if ! cmp -s "$requirements" "$environment/requirements.txt" || ! "$environment/bin/python" -c 'import clang.cindex, ipykernel' 2>/dev/null; then
    say "Making build/notebook-env: Jupyter and libclang, about 300 MB; a minute or two ..."
    command -v python3 >/dev/null || fail "notebook: python3 is missing"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "notebook: Jupyter needs Python 3.10 or later; this is $(python3 --version)"
    rm -rf "$environment.before"
    if [ -e "$environment" ]; then mv "$environment" "$environment.before"; fi  # it comes back where the new one cannot be made
    if ! python3 -m venv "$environment" >"$root/build/notebook-env.log" 2>&1; then
      restore_notebook_environment "$environment"
      fail "notebook: Python cannot make an environment. On Debian and Ubuntu this takes the package python3-venv; the reason: \
$(tail -n 3 "$root/build/notebook-env.log")"
    fi
    if ! "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >"$root/build/notebook-env.log" 2>&1; then
      restore_notebook_environment "$environment"
      fail "notebook: the packages of tools/notebook/requirements.txt could not be installed. Is there a network that pip can reach? It says:
$(tail -n 3 "$root/build/notebook-env.log")"
    fi
    rm -rf "$environment.before"
    cp "$requirements" "$environment/requirements.txt"
  fi
  kernel=$environment/share/jupyter/kernels/cadena
  mkdir -p "$kernel" "$environment/etc/jupyter/labconfig"
  echo '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' >"$environment/etc/jupyter/labconfig/page_config.json"
  cat >"$kernel/kernel.json" <<EOF
{"argv": ["$environment/bin/python", "$root/tools/notebook/kernel.py", "-f", "{connection_file}",
  "--log-level=ERROR"],
 "display_name": "C++20 (Cadena)", "language": "c++", "interrupt_mode": "signal"}
EOF
}

# notebook_execute CHAPTER: 1 if a cell of it fails, or says otherwise than the page.
notebook_execute() {
  local work=$root/build/default/notebook
  python3 "$root/tools/weave/notebook.py" --out "$work" "$1" &&
    "$root/build/notebook-env/bin/python" "$root/tools/notebook/execute.py" "$work/$1.ipynb" "$work/executed/$1"
}

# notebook_copy CHAPTER [fresh]: the reader's copy in out/notebooks, made unless it is there.
notebook_copy() {
  local copy=$root/out/notebooks/$1/$1.ipynb
  if [ -e "$copy" ] && [ -z "${2:-}" ]; then
    say "Opening your out/notebooks/$1/$1.ipynb (--fresh begins a new one)"
    return
  fi
  if [ -e "$copy" ]; then mv "$copy" "${copy%.ipynb}.$(date +%Y-%m-%d-%H%M%S).ipynb"; fi
  python3 "$root/tools/weave/notebook.py" --out "${copy%/*}" "$1"
  # Of a notebook that nobody vouches for, Jupyter does not show figures.
  "$root/build/notebook-env/bin/python" -m nbformat.sign "$copy" >/dev/null || say "notebook: $copy could not be marked as trusted"
}

command_notebook() {
  local chapter name="" execute="" fresh="" names=() targets=(cadena_notebook) options=() status=0
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) notebook_usage && return ;;
      --execute) execute=yes ;;
      --fresh) fresh=yes ;;
      --)
        shift
        options=("$@")
        break
        ;;
      -*) unknown "$1" "option of notebook" --execute --fresh --help ;;
      *)
        [ -z "$name" ] || usage_error "notebook: one chapter, not '$name' and '$1'"
        name=$1
        ;;
    esac
    shift
  done
  if [ -z "$name" ]; then
    notebook_usage >&2
    say "NAME: $(chapters | paste -sd' ')"
    exit 2
  fi
  [ -z "$execute" ] || [ -z "$fresh${options[*]}" ] ||
    usage_error "notebook: --execute opens nothing, so it takes neither --fresh nor options of Jupyter"
  [ "$(uname -s)" = Linux ] || fail "notebook: cells are loaded as they are on Linux; use the container (Containerfile)"
  if [ "$name" = all ] && [ -n "$execute" ]; then
    mapfile -t names < <(chapters)
  else
    [ "$name" != all ] || usage_error "notebook: all of them only with --execute; otherwise one chapter"
    name=$(chapter_of "$name") || exit
    names=("$name")
  fi
  { mkdir -p "$root/out/notebooks" 2>/dev/null && [ -w "$root/out/notebooks" ]; } || fail "notebook: $root/out/notebooks cannot be written"
  set_up build figures notebooks
  if (cd "$root/tutorials" && grep -q run_ladder "${names[@]/%//example.cpp}"); then targets+=(ladder); fi
  build_preset default "${targets[@]}" >&2
  notebook_environment
  if [ -n "$execute" ]; then
    for chapter in "${names[@]}"; do notebook_execute "$chapter" || status=1; done
    exit "$status"
  fi
  notebook_copy "$name" "$fresh"
  if [ "$(id -u)" = 0 ]; then options+=(--allow-root); fi
  cd "$root/out/notebooks" && exec "$root/build/notebook-env/bin/python" -m jupyterlab --ServerApp.root_dir="$root/out/notebooks" \
    "$name/$name.ipynb" "${options[@]}"
}
