#include "cuda/kernels/vendor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tensor/base/error.h"

namespace cadena::cuda {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// An environment variable for one test.
struct Variable {
  Variable(const char* key, const char* value) : name(key) { setenv(key, value, 1); }
  ~Variable() { unsetenv(name); }
  const char* name;
};

const Multiplier kOwn = has_vendor_multiply() ? Multiplier::cublas : Multiplier::ladder;

TEST(Multiplier, IsWhatTheEnvironmentSays) {
  EXPECT_EQ(chosen_multiplier(), kOwn);
  {
    const Variable variable("CADENA_GEMM", "ladder");
    EXPECT_EQ(chosen_multiplier(), Multiplier::ladder);
  }
  const Variable variable("CADENA_GEMM", "auto");
  EXPECT_EQ(chosen_multiplier(), kOwn);
}

TEST(Multiplier, IsWhatTheFunctionSaysBeforeTheEnvironment) {
  const Variable variable("CADENA_GEMM", "nonsense");
  choose_multiplier("ladder");
  EXPECT_EQ(chosen_multiplier(), Multiplier::ladder);
  EXPECT_THAT([] { choose_multiplier("mkl"); },
              ThrowsMessage<ValueError>(HasSubstr("expected ladder, cublas or auto")));
  EXPECT_EQ(chosen_multiplier(), Multiplier::ladder);
  choose_multiplier("");
  EXPECT_THAT([] { chosen_multiplier(); },
              ThrowsMessage<ValueError>("CADENA_GEMM is 'nonsense', expected ladder, cublas or auto"));
}

TEST(Multiplier, CublasIsThereOrMissed) {
  const Variable variable("CADENA_GEMM", "cublas");
  if (has_vendor_multiply()) {
    EXPECT_EQ(chosen_multiplier(), Multiplier::cublas);
  } else {
    EXPECT_THAT([] { chosen_multiplier(); }, ThrowsMessage<DeviceError>(HasSubstr("no cuBLAS under the emulator")));
  }
}

TEST(Tf32, IsOffUnlessAllowed) {
  EXPECT_FALSE(is_tf32_allowed());
  {
    const Variable variable("CADENA_TF32", "on");
    EXPECT_TRUE(is_tf32_allowed());
  }
  const Variable variable("CADENA_TF32", "yes");
  EXPECT_THAT([] { is_tf32_allowed(); }, ThrowsMessage<ValueError>("CADENA_TF32 is 'yes', expected on or off"));
  allow_tf32(true);
  EXPECT_TRUE(is_tf32_allowed());
  allow_tf32(false);
  EXPECT_FALSE(is_tf32_allowed());
}

}  // namespace
}  // namespace cadena::cuda
