// E3, wide: 16 bytes an instruction.
//
// New: a thread owns 16 bytes of neighbours, four in f32 and eight in f16, where rows start at multiples of 16 bytes;
//   elsewhere one, as before.
// Why: a quarter, or an eighth, of the instructions for the same bytes, and one division by the width of the matrix for
//   all of them. In f16 a warp that moves single elements cannot keep up with the memory.
// Metric: bytes per load request: from 128 to 512 in f32, from 64 to 512 in f16.
// Expect: 85 to 98 % of the bandwidth of a copy.
// Next: the end of this ladder. The best place for bias and GELU is the end of the product that made x: then x is
//   neither stored nor loaded.
#include "cuda/ladder/elementwise/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"
#include "tensor/base/scalar_activation.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// Each thread owns `width` neighbours of a row.
template <class T, int width>
__global__ void __launch_bounds__(kThreads)
    bias_gelu_wide(unsigned count, unsigned columns, const T* in, const T* bias, T* out) {
  const unsigned i = (blockIdx.x * kThreads + threadIdx.x) * width;
  if (i >= count) return;
  Vector<T, width> x = load_vector<width>(&in[i]);
  const Vector<T, width> b = load_vector<width>(&bias[i % columns]);
#pragma unroll
  for (int k = 0; k < width; ++k) {
    x[k] = static_cast<T>(scalar::GeluTanh{}(static_cast<float>(x[k]) + static_cast<float>(b[k])));
  }
  store_vector(&out[i], x);
}

}  // namespace

template <class T>
void bias_gelu_e3(const BiasGelu<T>& problem) {
  for_each_slab(problem, [](const BiasGelu<T>& p, unsigned count) {
    constexpr int kWide = kWidest<T>;
    const bool wide =
        loads_aligned<kWide>(p.in, p.columns) && loads_aligned<kWide>(p.out, p.columns) && is_aligned<kWide>(p.bias);
    const unsigned threads = wide ? count / kWide : count;
    launch(wide ? bias_gelu_wide<T, kWide> : bias_gelu_wide<T, 1>,
           {.grid = dim3((threads + kThreads - 1) / kThreads), .block = dim3(kThreads), .stream = p.stream},  //
           count, p.columns, p.in, p.bias, p.out);
  });
}

template void bias_gelu_e3(const BiasGelu<float>&);
template void bias_gelu_e3(const BiasGelu<__half>&);

}  // namespace cadena::cuda::ladder
