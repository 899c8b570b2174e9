#!/usr/bin/env bash
# `cadena microscope FILE.cu` with programs as a student writes them. Usage: file_test.sh BUILD_FOLDER
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
export CADENA_ROOT=$root CADENA_BUILD=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "cadena: $*" >&2
  exit 1
}
. "$root/tools/microscope.sh"
microscope_build() { :; } # everything is built

wrong=0
expect() {
  if ! grep -qF -e "$2" "$1"; then
    echo "expected '$2' in:" && cat "$1"
    wrong=1
  fi
}

cat >"$work/program.cu" <<'EOF'
#include <cuda_runtime.h>
#include <cstdio>

template <int scale>
__global__ void reverse(const float* in, float* out, int n) {
  extern __shared__ float tile[];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) tile[threadIdx.x] = in[i];
  if (BARRIER) __syncthreads();
  if (i < n) out[i] = scale * tile[blockDim.x - 1 - threadIdx.x];
}

int main(int argc, char** argv) {
  const int n = 256;
  float host[n] = {}, *in, *out;
  cudaMalloc(&in, sizeof host);
  cudaMalloc(&out, sizeof host);
  cudaMemcpy(in, host, sizeof host, cudaMemcpyHostToDevice);
  reverse<3>
      <<<n / 64, 64, 64 * sizeof(float)>>>(in, out, n);
  cudaMemcpy(host, out, sizeof host, cudaMemcpyDeviceToHost);
  std::printf("argument %s, %s\n", argv[argc - 1], cudaGetErrorString(cudaGetLastError()));
}
EOF
sed 's/BARRIER/true/' "$work/program.cu" >"$work/good.cu"
sed 's/BARRIER/false/' "$work/program.cu" >"$work/bad.cu"

(CADENA_MICROSCOPE_JSON=$work/good.json CADENA_MICROSCOPE_HTML=$work/good.html microscope_file "$work/good.cu" 77) \
  >"$work/good.txt" 2>&1
status=$?
[ $status -eq 0 ] || { echo "good.cu: status $status" && cat "$work/good.txt" && wrong=1; }
expect "$work/good.txt" "argument 77, no error"
expect "$work/good.txt" "reverse<3>  grid (4,1,1), block (64,1,1), 256 bytes of dynamic shared memory"
expect "$work/good.txt" "good.cu:8:"
expect "$work/good.txt" "256 FLOP"
expect "$work/good.txt" "Findings: none."
expect "$work/good.html" "tile[threadIdx.x] = in[i]"
expect "$work/good.html" "global store <b>4</b> sectors &times; 8 requests"
python3 - "$work/good.json" <<'EOF' || wrong=1
import json, sys
kernel, = json.load(open(sys.argv[1]))["kernels"]
store, = [line for line in kernel["memory"] if line["memory"] == "global" and line["operation"] == "store"]
assert (store["line"], store["sectors"], store["requests"]) == (10, 32, 8), store
EOF

(microscope_file "$work/bad.cu") >"$work/bad.txt" 2>&1
status=$?
[ $status -eq 3 ] || { echo "bad.cu: status $status" && cat "$work/bad.txt" && wrong=1; }
expect "$work/bad.txt" "is a __syncthreads() missing?"
expect "$work/bad.txt" "bad.cu:8:"
expect "$work/bad.txt" "bad.cu:10:"

# Dynamic shared memory declared outside of the kernel, and cut into two arrays, as in CUDA's programming guide.
cat >"$work/outside.cu" <<'EOF'
#include <cstdio>
namespace {
extern __shared__ float array[];
__global__ void reverse(float* x, int n) {
  int* order = (int*)&array[n];
  float* values = (float*)array;
  values[threadIdx.x] = x[threadIdx.x];
  order[threadIdx.x] = n - 1 - threadIdx.x;
  __syncthreads();
  x[threadIdx.x] = array[order[threadIdx.x]];
}
}  // namespace
int main() {
  float host[32], *x;
  for (int i = 0; i < 32; ++i) host[i] = i;
  cudaMalloc(&x, sizeof host);
  cudaMemcpy(x, host, sizeof host, cudaMemcpyHostToDevice);
  reverse<<<1, 32, 32 * (sizeof(float) + sizeof(int))>>>(x, 32);
  cudaMemcpy(host, x, sizeof host, cudaMemcpyDeviceToHost);
  std::printf("first %g, last %g\n", host[0], host[31]);
}
EOF
(microscope_file "$work/outside.cu") >"$work/outside.txt" 2>&1 || { echo "outside.cu: status $?" && cat "$work/outside.txt" && wrong=1; }
expect "$work/outside.txt" "first 31, last 0"
expect "$work/outside.txt" "outside.cu:7:23"

# Nobody asks this program's launches whether they went well.
cat >"$work/failing.cu" <<'EOF'
__global__ void far(float* out, int i) {
  __shared__ float tile[32];
  tile[threadIdx.x] = 1;
  __syncthreads();
  out[threadIdx.x] = tile[i];
}
int main() {
  float* out;
  cudaMalloc(&out, 128);
  far<<<1, 32>>>(out, 32);
  cudaDeviceSynchronize();
}
EOF
(CADENA_MICROSCOPE_JSON=$work/failing.json microscope_file "$work/failing.cu") >"$work/failing.txt" 2>&1
status=$?
[ $status -eq 3 ] || { echo "failing.cu: status $status" && cat "$work/failing.txt" && wrong=1; }
expect "$work/failing.txt" "failing.cu:5, thread (31,0,0) of block (0,0,0): out of bounds: index 32 of an array float [32]"
expect "$work/failing.json" '"fault": "failed_launch"'

echo 'int main( {' >"$work/broken.cu"
(microscope_file "$work/broken.cu") >"$work/broken.txt" 2>&1 && { echo "broken.cu compiled" && wrong=1; }
expect "$work/broken.txt" "does not compile"
exit $wrong
