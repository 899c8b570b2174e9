#include "cuda/runtime/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cadena::cuda {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Numbers as in NVIDIA's headers; those that are missing here the emulator never returns.
TEST(Explain, SaysWhatToDoWhereTheMachineIsToBlame) {
  EXPECT_THAT(explain(cudaErrorNoDevice),
              AllOf(HasSubstr("(cudaErrorNoDevice); nvidia-smi tells"),
                    HasSubstr("-DCADENA_CUDA=emulated builds for a machine without a GPU")));
  EXPECT_THAT(explain(static_cast<cudaError_t>(35)), HasSubstr("install one as new as this program's CUDA"));
  EXPECT_THAT(explain(cudaErrorInvalidValue), Not(HasSubstr("nvidia-smi")));
}

TEST(Explain, NamesADeviceThatAProgramWasNotCompiledFor) {
  int device = 0;
  cudaDeviceProp p{};
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaGetDeviceProperties(&p, device), "cudaGetDeviceProperties");
  const std::string capability = std::to_string(p.major) + "." + std::to_string(p.minor);
  EXPECT_THAT(explain(static_cast<cudaError_t>(209)),
              AllOf(HasSubstr("; cuda:0 (" + std::string(p.name) + ") has compute capability " + capability),
                    HasSubstr("-DCADENA_NVCC_ARCHITECTURES=" + std::to_string(p.major) + std::to_string(p.minor))));
}

}  // namespace
}  // namespace cadena::cuda
