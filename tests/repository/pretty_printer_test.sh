#!/usr/bin/env bash
# What GDB shows of tensors, variables and shapes: tools/debug/gdb_cadena.py on a small program, compiled by CXX.
# pretty_printer_test.sh BUILD: the folder whose libraries the program is linked against.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/program.cpp" <<'EOF'
#include "autograd/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/views.h"
using namespace cadena;
void stop_here() {}
int main() {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}), t = transpose(x, 0, 1), half = cast(x, Dtype::bf16);
  const Tensor many = arange(0, 100), none = zeros({0, 3}), scalar = full({}, 2.5);
  const Tensor nothing;
  const Shape shape{2, 3}, deep{1, 2, 3, 4, 5, 6}, row{7};
  const Variable w = parameter(x), y = w * w, c(x);
  stop_here();
}
EOF
libraries=$(python3 -c 'import json, sys; print(" ".join(json.load(open(sys.argv[1]))["libraries"]))' "$1/lab/toolchain.json")
# shellcheck disable=SC2086
${CXX:-c++} -std=c++20 -g -O0 -I. "$work/program.cpp" -o "$work/program" -Wl,--start-group $libraries -Wl,--end-group -pthread -ldl || exit 1
shown=$(gdb -nx -batch -ex 'source tools/debug/gdb_cadena.py' -ex 'break stop_here' -ex run -ex up -ex 'info locals' \
  "$work/program" 2>&1)
status=0
while read -r line; do
  grep -qxF -e "$line" <<<"$shown" || { echo "GDB does not show: $line" && status=1; }
done <<'EOF'
x = Tensor (2, 3) f32 [1, 2, 3, 4, 5, 6]
t = Tensor (3, 2) f32 strides (1, 3) [1, 4, 2, 5, 3, 6]
half = Tensor (2, 3) bf16 [1, 2, 3, 4, 5, 6]
many = Tensor (100,) i64 [0, 1, 2, 3, 4, 5, 6, 7, …]
none = Tensor (0, 3) f32 []
scalar = Tensor () f32 [2.5]
nothing = Tensor undefined
shape = (2, 3)
deep = (1, 2, 3, 4, 5, 6)
row = (7,)
EOF
for line in '^w = Variable, output 0 of cadena::.*: Tensor (2, 3) f32 \[1, 2, 3, 4, 5, 6\]$' \
  '^y = Variable, output 0 of cadena::.*: Tensor (2, 3) f32 \[1, 4, 9, 16, 25, 36\]$' '^c = Variable, .*: Tensor (2, 3) f32 \[1, 2'; do
  grep -q -e "$line" <<<"$shown" || { echo "GDB shows nothing like: $line" && status=1; }
done
[ "$status" = 0 ] || printf '%s\n' "$shown"
exit "$status"
