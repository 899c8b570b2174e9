// What the attention ladder says of steps that the emulator lacks the instructions for.
#include <gtest/gtest.h>

#include <string>

#include "cuda/ladder/attention/steps.h"
#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {
namespace {

TEST(AttentionLadder, SaysWhyAStepDoesNotRunHere) {
  try {
    attention_a5({});
    FAIL() << "A5 ran";
  } catch (const CudaError& error) {
    EXPECT_NE(std::string(error.what()).find("attention_a5 needs wgmma and TMA"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace cadena::cuda::ladder
