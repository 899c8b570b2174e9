// E1, two launches: add the bias, then apply GELU.
//
// New: one kernel for each of the two functions, as one would compose them; x + b goes through memory between them.
// Why it is slow: five passes over memory for two of work: x, b (from a cache) and x + b, then x + b and y. There is
//   next to no arithmetic to hide behind.
// Metric: bytes moved per element: 20 in f32, 10 in f16.
// Expect: 35 to 50 % of the bandwidth of a copy.
// Next: do both while the number is in a register (E2).
#include "cuda/ladder/elementwise/steps.h"
#include "cuda/runtime/launch.h"
#include "tensor/base/scalar_activation.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;

// Each thread owns an element.
template <class T>
__global__ void __launch_bounds__(kThreads)
    add_bias(unsigned count, unsigned columns, const T* in, const T* bias, T* out) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i < count) out[i] = static_cast<T>(static_cast<float>(in[i]) + static_cast<float>(bias[i % columns]));
}

// Each thread owns an element.
template <class T>
__global__ void __launch_bounds__(kThreads) gelu(unsigned count, const T* in, T* out) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i < count) out[i] = static_cast<T>(scalar::GeluTanh{}(static_cast<float>(in[i])));
}

}  // namespace

template <class T>
void bias_gelu_e1(const BiasGelu<T>& problem) {
  for_each_slab(problem, [](const BiasGelu<T>& p, unsigned count) {
    const Launch how{.grid = dim3((count + kThreads - 1) / kThreads), .block = dim3(kThreads), .stream = p.stream};
    launch(add_bias<T>, how, count, p.columns, p.in, p.bias, p.between);
    launch(gelu<T>, how, count, p.between, p.out);
  });
}

template void bias_gelu_e1(const BiasGelu<float>&);
template void bias_gelu_e1(const BiasGelu<__half>&);

}  // namespace cadena::cuda::ladder
