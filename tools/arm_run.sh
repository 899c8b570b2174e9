#!/usr/bin/env bash
# Runs a program for 64-bit ARM by qemu. Usage: arm_run.sh PROGRAM [ARGUMENT...]
# qemu keeps a record of every page that a program reserves, and the emulated CUDA device reserves a quarter of its limit.
ulimit -v 67108864
exec qemu-aarch64-static -L /usr/aarch64-linux-gnu "$@"
