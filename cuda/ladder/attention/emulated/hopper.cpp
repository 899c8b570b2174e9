// Stands in for step A5 where it cannot be built: wgmma and TMA exist on Hopper GPUs alone.
#include <string>

#include "cuda/ladder/attention/steps.h"
#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {
namespace {

[[noreturn]] void absent(const char* step) {
  throw CudaError(
      cudaErrorNotSupported,
      std::string(step) +
          " needs wgmma and TMA (compute capability 9.0), which the emulator lacks: build the preset cuda " +
          "and run it on a Hopper GPU, or take A4",
      Location::here());
}

}  // namespace

void attention_a5(const Attention<__nv_bfloat16>&) { absent("attention_a5"); }

}  // namespace cadena::cuda::ladder
