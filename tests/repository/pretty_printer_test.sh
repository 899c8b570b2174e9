#!/usr/bin/env bash
# What GDB shows of tensors, variables and shapes: tools/debug/gdb_cadena.py on a small program, compiled by CXX.
# pretty_printer_test.sh BUILD: the folder whose libraries the program is linked against.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/program.cpp" <<'EOF'
#include <cstdlib>
#include <cstring>

#include "autograd/arithmetic.h"
#include "autograd/join.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/views.h"
using namespace cadena;
void stop_here() {}
int main() {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}), t = transpose(x, 0, 1), half = cast(x, Dtype::bf16);
  const Tensor many = arange(0, 100), none = zeros({0, 3}), scalar = full({}, 2.5);
  const Tensor back = flip(slice(x, 1, {.start = 1}), 1), every = broadcast_to(select(x, 0, 1), {2, 3});
  const Tensor single = cast(x, Dtype::f16), mask = cast(half, Dtype::boolean), away = to(t, Device::cuda());
  const Tensor nothing;
  const Shape shape{2, 3}, deep{1, 2, 3, 4, 5, 6}, row{7};
  const Variable w = parameter(x), y = w * w, c(x), part = split(y, {1, 1}, 0)[1], no_variable;
  // What was never initialized: handles that lead to an object of garbage, and to no memory at all.
  unsigned char garbage[256];
  std::memset(garbage, 0x7f, sizeof(garbage));
  void* to_garbage = garbage;
  const Tensor& wild = *reinterpret_cast<const Tensor*>(&to_garbage);
  const Tensor lost = copy(x);
  std::memset(&lost.storage()->device, 0x7f, sizeof(Device));
  const Tensor& astray = *reinterpret_cast<const Tensor*>(garbage);
  const Variable& wild_variable = *reinterpret_cast<const Variable*>(garbage);
  const Shape& wild_shape = *reinterpret_cast<const Shape*>(garbage);
  stop_here();
  std::_Exit(0);  // `lost` has no device to give its memory back to
}
EOF
libraries=$(python3 -c 'import json, sys; print(" ".join(json.load(open(sys.argv[1]))["libraries"]))' "$1/lab/toolchain.json")
all_types=$(${CXX:-c++} --version | grep -q clang && echo -fstandalone-debug)
# shellcheck disable=SC2086
${CXX:-c++} -std=c++20 -g -O0 $all_types -I. "$work/program.cpp" -o "$work/program" -Wl,--start-group $libraries -Wl,--end-group -pthread -ldl || exit 1
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
back = Tensor (2, 2) f32 strides (3, -1) [3, 2, 6, 5]
every = Tensor (2, 3) f32 strides (0, 1) [4, 5, 6, 4, 5, 6]
single = Tensor (2, 3) f16 [1, 2, 3, 4, 5, 6]
mask = Tensor (2, 3) bool [1, 1, 1, 1, 1, 1]
nothing = Tensor undefined
shape = (2, 3)
deep = (1, 2, 3, 4, 5, 6)
row = (7,)
w = Variable, parameter: Tensor (2, 3) f32 [1, 2, 3, 4, 5, 6]
y = Variable, output 0 of Mul: Tensor (2, 3) f32 [1, 4, 9, 16, 25, 36]
c = Variable, constant: Tensor (2, 3) f32 [1, 2, 3, 4, 5, 6]
part = Variable, output 1 of Split: Tensor (1, 3) f32 [16, 25, 36]
no_variable = Variable undefined
wild = Tensor uninitialized
lost = Tensor uninitialized
astray = Tensor uninitialized
wild_variable = Variable uninitialized
wild_shape = Shape uninitialized
EOF
# Memory of a real GPU cannot be read, that of the emulator can.
grep -q -e '^away = Tensor (3, 2) f32 on cuda:0\( \[1, 4, 2, 5, 3, 6\]\)\?$' <<<"$shown" ||
  { echo "GDB does not show what lies on a device" && status=1; }
[ "$status" = 0 ] || printf '%s\n' "$shown"
exit "$status"
