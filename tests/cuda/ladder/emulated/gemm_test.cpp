// What the GEMM ladder says of steps that the emulator lacks the instructions for.
#include <gtest/gtest.h>

#include "cuda/ladder/gemm/steps.h"
#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {
namespace {

TEST(GemmLadder, SaysWhyAStepDoesNotRunHere) {
  for (const char* id : {"H1", "H2", "H3", "H4"}) {
    EXPECT_THROW(find_step(gemm_steps<__nv_bfloat16>(), id).run({}), CudaError) << id;
  }
}

}  // namespace
}  // namespace cadena::cuda::ladder
