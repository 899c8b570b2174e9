// Stands in for the steps H1 to H4 where they cannot be built: wgmma and TMA exist on Hopper GPUs alone.
#include <string>

#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {
namespace {

[[noreturn]] void absent(const char* step) {
  throw CudaError(cudaErrorNotSupported,
                  std::string(step) +
                      " needs wgmma and TMA (compute capability 9.0), which the emulator lacks: build " +
                      "the preset cuda and run it on a Hopper GPU, or take T3",
                  Location::here());
}

}  // namespace

void gemm_h1(const Gemm<__nv_bfloat16>&) { absent("gemm_h1"); }
void gemm_h2(const Gemm<__nv_bfloat16>&) { absent("gemm_h2"); }
void gemm_h3(const Gemm<__nv_bfloat16>&) { absent("gemm_h3"); }
void gemm_h4(const Gemm<__nv_bfloat16>&) { absent("gemm_h4"); }

}  // namespace cadena::cuda::ladder
