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
    # A package may be there for several architectures: one line each.
    if dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -x installed >/dev/null; then continue; fi
    printf '%s|%s\n' "$package" "${why# }"
  done <"$root/cmake/packages.txt"
}

# Prints why nothing may be installed here, or, with status 0, what apt-get is to be called with: "", "sudo -n" or "sudo".
install_prefix() {
  if [ "${CADENA_INSTALL:-1}" = 0 ]; then
    echo "CADENA_INSTALL=0 forbids installing"
  elif ! command -v apt-get >/dev/null; then
    echo "there is no apt-get on this system"
  elif [ "$(id -u)" = 0 ]; then
    return 0
  elif ! command -v sudo >/dev/null; then
    echo "you are not root and there is no sudo"
  elif sudo -n true 2>/dev/null; then
    echo "sudo -n" && return 0
  elif [ -t 0 ] && [ -t 2 ]; then
    echo "sudo" && return 0
  else
    echo "sudo needs a password and there is no terminal to ask for it"
  fi
  return 1
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

# install_missing PACKAGES: "package|why" lines. Asks where there is a terminal; says where nothing is installed, and why.
install_missing() {
  local prefix answer=y refusal=""
  prefix=$(install_prefix) || refusal=$prefix
  if [ -z "$refusal" ] && [ -t 0 ] && [ -t 2 ]; then
    read -r -p "Install them with ${prefix:+$prefix }apt-get? [Y/n] " answer </dev/tty || answer=n
    case $answer in [nN]*) refusal="you said no" ;; esac
  fi
  # Who has no right to sudo is to be asked for the password once, not for every package.
  if [ -z "$refusal" ] && [ "$prefix" = sudo ] && ! sudo -v; then refusal="sudo refused"; fi
  if [ -n "$refusal" ]; then
    say "Nothing installed: $refusal."
    say "Libraries will be fetched by CMake, or taken from CMAKE_PREFIX_PATH."
    return
  fi
  say "Installing them with ${prefix:+$prefix }apt-get ..."
  # shellcheck disable=SC2046
  apt_install "$prefix" $(cut -d'|' -f1 <<<"$1")
}

# set_up GROUP…: makes sure that what the groups need is there. Silent when nothing is missing.
set_up() {
  local missing package why tool
  if command -v dpkg-query >/dev/null; then
    missing=$(missing_packages "$@")
    if [ -n "$missing" ]; then
      say "Packages that are missing:"
      while IFS='|' read -r package why; do printf '  %-20s %s\n' "$package" "$why" >&2; done <<<"$missing"
      install_missing "$missing"
    fi
  fi
  for tool in cmake "${CXX:-c++}"; do
    command -v "${tool%% *}" >/dev/null || fail "$tool is missing and could not be installed. Ask for the packages of \
cmake/packages.txt, or build in the container: see Containerfile."
  done
}
