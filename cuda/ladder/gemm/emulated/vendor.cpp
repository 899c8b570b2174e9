#include "cuda/ladder/gemm/vendor.h"

#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {
namespace {

[[noreturn]] void absent() {
  throw CudaError(cudaErrorNotSupported, "vendor_gemm: cuBLAS needs a GPU; this build is for the emulator",
                  Location::here());
}

}  // namespace

bool has_vendor_gemm() { return false; }
void vendor_gemm(const Gemm<float>&) { absent(); }
void vendor_gemm(const Gemm<__nv_bfloat16>&) { absent(); }

}  // namespace cadena::cuda::ladder
