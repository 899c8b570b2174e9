#!/usr/bin/env bash
# Unpacks Debian's libraries for 64-bit ARM that the preset `aarch64` links into a folder; installs nothing.
#   tools/arm_libraries.sh FOLDER
set -euo pipefail
target=$(readlink -m "${1:?which folder?}")
[ ! -e "$target/usr/lib/aarch64-linux-gnu/libgtest.a" ] || exit 0
mkdir -p "$target/lists/partial" "$target/cache/archives/partial" "$target/packages"
cd "$target/packages"
options=(-qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Acquire::Languages=none -o APT::Sandbox::User=root
  -o Dir::State::Lists="$target/lists" -o Dir::Cache="$target/cache")
apt-get "${options[@]}" update
apt-get "${options[@]}" download libfmt-dev libfmt9 libgtest-dev libgmock-dev
for package in *.deb; do dpkg-deb -x "$package" "$target"; done
