#include <cuda_runtime.h>
#include <gtest/gtest.h>

namespace cadena::cuda {
namespace {

TEST(Arena, ServesManyMoreBuffersThanTheSystemAllowsMappings) {
  for (int i = 0; i < 70000; ++i) {
    void* memory = nullptr;
    ASSERT_EQ(cudaMalloc(&memory, 48), cudaSuccess) << "after " << i;
    ASSERT_EQ(cudaFree(memory), cudaSuccess);
  }
}

}  // namespace
}  // namespace cadena::cuda
