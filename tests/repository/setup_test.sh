#!/usr/bin/env bash
# What ./cadena does about packages that are missing: as root, with sudo that asks for a password or does not, without
# either, with a terminal and without. Stand-ins for dpkg-query, apt-get, sudo and id write down how they were called.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap '/bin/rm -rf "${work:?}"' EXIT
status=0

mkdir -p "$work/bin" "$work/tree/cmake"
for tool in bash cat cut env grep script sed sh; do ln -s "$(type -P "$tool")" "$work/bin/$tool"; done

# stand_in NAME: a program of this name from the script on stdin.
stand_in() { cat >"$work/bin/$1" && chmod +x "$work/bin/$1"; }
stand_in cmake <<<'#!/bin/sh'
stand_in c++ <<<'#!/bin/sh'
stand_in id <<'EOF'
#!/bin/sh
echo "$USER_ID"
EOF
# Each package is known for two architectures: as dpkg-query does, the format is printed once for each.
stand_in dpkg-query <<'EOF'
#!/bin/bash
format=${2#-f=} state=not-installed
[[ " $INSTALLED " != *" $3 "* ]] || state=installed
for architecture in amd64 i386; do printf "${format/'${db:Status-Status}'/$state}"; done
EOF
stand_in apt-get <<'EOF'
#!/bin/sh
echo "apt-get $*" >>"$CALLS"
case "$*" in *install*unknown*) exit 100 ;; esac
EOF
# SUDO: `free` needs no password, `asks` takes the one that it is given, `refuses` whatever it is.
stand_in sudo <<'EOF'
#!/bin/sh
echo "sudo $*" >>"$CALLS"
[ "$SUDO" != refuses ] || exit 1
if [ "$1" = -n ]; then
  [ "$SUDO" = free ] || exit 1
  shift
fi
[ "$1" = -v ] || [ "$1" = true ] || exec "$@"
EOF
printf '%s | - | build | is needed\n' one two unknown >"$work/tree/cmake/packages.txt"
cat >"$work/set_up" <<EOF
#!/bin/bash
set -euo pipefail
root=$work/tree
say() { printf '%s\n' "\$*" >&2; }
fail() { say "\$*" && exit 1; }
. "$PWD/tools/setup.sh"
set_up build
say "went on"
EOF
chmod +x "$work/set_up"
export CALLS=$work/calls PATH=$work/bin USER_ID=1000 SUDO=free INSTALLED=unknown
unset CADENA_INSTALL CXX

# set_up runs it without a terminal, at_terminal KEYS with one, at which these keys are typed.
set_up() { : >"$CALLS" && output=$("$work/set_up" 2>&1 </dev/null); }
at_terminal() { : >"$CALLS" && output=$(printf "$1" | script -qec "$work/set_up" /dev/null); }

# says WORDS, calls COMMAND, never_calls PATTERN: what the last run must have said and called.
complain() {
  printf '%s\nIt said:\n%s\nIt called:\n%s\n' "$*" "$output" "$(cat "$CALLS")"
  status=1
}
says() { grep -qF -e "$1" <<<"$output" || complain "expected the words: $1"; }
calls() { grep -qxF -e "$1" "$CALLS" || complain "expected the call: $1"; }
never_calls() { ! grep -q -e "$1" "$CALLS" || complain "did not expect a call of $1"; }
apt='apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends'

INSTALLED='one two unknown' set_up
[ "$output" = 'went on' ] || complain 'expected silence where all is there, for two architectures or one'

USER_ID=0 set_up
says '  two                  is needed'
calls "$apt one two"
never_calls sudo

set_up
calls "sudo -n env DEBIAN_FRONTEND=noninteractive $apt one two"

SUDO=asks set_up
says 'Nothing installed: sudo needs a password and there is no terminal to ask for it.'
never_calls apt-get
says 'went on'

SUDO=asks at_terminal 'y\n'
says 'Install them with sudo apt-get? [Y/n]'
calls "sudo env DEBIAN_FRONTEND=noninteractive $apt one two"

SUDO=refuses at_terminal 'y\n'
says 'Nothing installed: sudo refused.'
[ "$(grep -vc -e 'sudo -n' "$CALLS")" = 1 ] || complain 'expected sudo to ask for the password once'
says 'went on'

for keys in 'n\n' '\004'; do  # Ctrl-D
  at_terminal "$keys"
  says 'Nothing installed: you said no.'
  never_calls apt-get
  says 'went on'
done

INSTALLED=two USER_ID=0 set_up
says '  unknown could not be installed'
calls "$apt one"

CADENA_INSTALL=0 set_up
says 'Nothing installed: CADENA_INSTALL=0 forbids installing.'
never_calls .
/bin/rm "${work:?}/bin/sudo"
set_up
says 'Nothing installed: you are not root and there is no sudo.'
/bin/rm "${work:?}/bin/apt-get"
set_up
says 'Nothing installed: there is no apt-get on this system.'
/bin/rm "${work:?}/bin/cmake"
set_up && complain 'expected it to end where there is no cmake'
says 'cmake is missing'
exit $status
