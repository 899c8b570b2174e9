# shellcheck shell=bash disable=SC2154
# Sourced by ./cadena: finds the packages of cmake/packages.txt that are missing, and installs them where it may.

# Prints "package|why" for each missing package of the given groups.
missing_packages() {
  local package unless group why
  while IFS='|' read -r package unless group why; do
    package=${package// /} unless=${unless// /} group=${group// /}
    case $package in '' | '#'*) continue ;; esac
    case " $* " in *" $group "*) ;; *) continue ;; esac
    if [ "$unless" != - ] && command -v "$unless" >/dev/null; then continue; fi
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ]; then continue; fi
    printf '%s|%s\n' "$package" "${why# }"
  done <"$root/cmake/packages.txt"
}

# Prints the prefix that lets apt-get install ("" for root), or fails with the reason on stderr.
install_prefix() {
  if [ "${CADENA_INSTALL:-1}" = 0 ]; then
    echo "CADENA_INSTALL=0 forbids installing" >&2
    return 1
  fi
  if ! command -v apt-get >/dev/null; then
    echo "there is no apt-get on this system" >&2
    return 1
  fi
  if [ "$(id -u)" = 0 ]; then return 0; fi
  if ! command -v sudo >/dev/null; then
    echo "you are not root and there is no sudo" >&2
    return 1
  fi
  if sudo -n true 2>/dev/null; then
    echo "sudo -n"
  elif [ -t 0 ] && [ -t 2 ]; then
    echo "sudo"
  else
    echo "sudo needs a password and there is no terminal to ask for it" >&2
    return 1
  fi
}

# Installs with apt-get; packages unknown to this release are left out and named.
apt_install() {
  local apt=("env" "DEBIAN_FRONTEND=noninteractive" "apt-get" "-qq" "-o" "DPkg::Lock::Timeout=120") package
  local prefix=$1
  shift
  # shellcheck disable=SC2086  # the prefix is "", "sudo" or "sudo -n"
  $prefix "${apt[@]}" update </dev/null || say "apt-get update failed; trying with the lists at hand"
  # shellcheck disable=SC2086
  if $prefix "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >/dev/null; then return; fi
  for package in "$@"; do
    # shellcheck disable=SC2086
    $prefix "${apt[@]}" install -y --no-install-recommends "$package" </dev/null >/dev/null 2>&1 ||
      say "  $package could not be installed"
  done
}

# set_up GROUP…: makes sure that what the groups need is there. Silent when nothing is missing.
set_up() {
  local missing prefix answer tool
  if command -v dpkg-query >/dev/null; then
    missing=$(missing_packages "$@")
    if [ -n "$missing" ]; then
      say "Packages that are missing:"
      while IFS='|' read -r package why; do printf '  %-20s %s\n' "$package" "$why" >&2; done <<<"$missing"
      if prefix=$(install_prefix 2>"${TMPDIR:-/tmp}/cadena-setup.$$"); then
        answer=y
        if [ -t 0 ] && [ -t 2 ]; then
          read -r -p "Install them with ${prefix:+$prefix }apt-get? [Y/n] " answer </dev/tty
        fi
        case $answer in
          [nN]*) say "Nothing installed." ;;
          *)
            say "Installing them with ${prefix:+$prefix }apt-get ..."
            # shellcheck disable=SC2046
            apt_install "$prefix" $(cut -d'|' -f1 <<<"$missing")
            ;;
        esac
      else
        say "Nothing installed: $(cat "${TMPDIR:-/tmp}/cadena-setup.$$")."
        say "Libraries will be fetched by CMake, or taken from CMAKE_PREFIX_PATH."
      fi
      rm -f "${TMPDIR:-/tmp}/cadena-setup.$$"
    fi
  fi
  for tool in cmake "${CXX:-c++}"; do
    command -v "${tool%% *}" >/dev/null || fail "$tool is missing and could not be installed. Ask for the packages of \
cmake/packages.txt, or build in the container: see Containerfile."
  done
}
