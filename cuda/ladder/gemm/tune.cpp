#include "cuda/ladder/gemm/tune.h"

#include <stdexcept>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/ladder/machine.h"
#include "cuda/ladder/meter.h"
#include "cuda/ladder/scatter.h"

namespace cadena::cuda::ladder {

std::vector<TileShapeSpeed> tune_g9(int size) {
  const std::size_t elements = at(size, 0, size);
  const DeviceArray<float> a(scattered<float>(elements, 1)), b(scattered<float>(elements, 2)),
      c(std::vector<float>(elements, 0.0f));
  const Gemm<float> problem{
      .M = size, .N = size, .K = size, .A = a.data(), .B = b.data(), .C = c.data(), .stream = nullptr};
  const auto meter = machine_meter();
  std::vector<TileShapeSpeed> result;
  for (int number = 0; number < gemm_g9_configurations(); ++number) {
    const auto milliseconds = meter->read([&] { gemm_g9_with(number, problem); }).milliseconds;
    if (!milliseconds) throw std::runtime_error("tune_g9: this machine has no clock for kernels; it needs a GPU");
    const double n = size;
    result.push_back(
        {number, 2 * n * n * n / *milliseconds * 1e-6, number == gemm_g9_choice(size, size, multiprocessors())});
  }
  return result;
}

}  // namespace cadena::cuda::ladder
