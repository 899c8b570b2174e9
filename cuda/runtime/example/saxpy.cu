// y = a x + y, one thread an element: the same text for nvcc and for the emulator.
#include <cstdio>
#include <exception>
#include <vector>

#include "cuda/runtime/device.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/memory.h"

// Each thread owns one element. The last block has threads beyond the end: they do nothing.
__global__ void saxpy(int n, float a, const float* x, float* y) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) y[i] = a * x[i] + y[i];
}

int main() try {
  using namespace cadena::cuda;
  const int n = 1000;
  DeviceBuffer<float> x(std::vector<float>(n, 2.0f)), y(std::vector<float>(n, 1.0f));
  const unsigned threads = 256;
  launch(saxpy, {.grid = ceil_divide(static_cast<unsigned>(n), threads), .block = threads}, n, 3.0f, x.data(),
         y.data());
  int wrong = 0;
  for (const float value : y.to_host()) wrong += value != 7.0f;
  std::printf("%s: %d of %d elements wrong\n", device_name().c_str(), wrong, n);
  return wrong != 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
