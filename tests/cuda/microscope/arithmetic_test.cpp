#include "cuda/runtime/microscope/arithmetic.h"

#include <gtest/gtest.h>

namespace cadena::cuda::microscope {
namespace {

TEST(Arithmetic, CountsScalarOperationsOnce) {
  for (const char* mnemonic : {"addss", "subss", "mulss", "divss", "sqrtss", "vaddss", "vmulss"}) {
    EXPECT_EQ(arithmetic_of(mnemonic, "%xmm1,%xmm0").f32, 1u) << mnemonic;
  }
  EXPECT_EQ(arithmetic_of("mulsd", "%xmm1,%xmm0").f64, 1u);
}

TEST(Arithmetic, CountsFusedOperationsTwice) {
  EXPECT_EQ(arithmetic_of("vfmadd231ss", "%xmm1,%xmm2,%xmm0").f32, 2u);
  EXPECT_EQ(arithmetic_of("vfnmadd132sd", "%xmm1,%xmm2,%xmm0").f64, 2u);
  EXPECT_EQ(arithmetic_of("call", "1030 <fmaf@plt>").f32, 2u);
  EXPECT_EQ(arithmetic_of("call", "1030 <fma@@GLIBC_2.2.5>").f64, 2u);
}

TEST(Arithmetic, CountsEveryNumberOfAVector) {
  EXPECT_EQ(arithmetic_of("addps", "%xmm1,%xmm0").f32, 4u);
  EXPECT_EQ(arithmetic_of("vmulpd", "%ymm1,%ymm0,%ymm2").f64, 4u);
}

TEST(Arithmetic, CountsFunctionsApart) {
  EXPECT_EQ(arithmetic_of("call", "98e0 <expf@plt>").special, 1u);
  EXPECT_EQ(arithmetic_of("call", "98e0 <tanh@plt>").special, 1u);
  EXPECT_EQ(arithmetic_of("call", "98e0 <expf@plt>").f32, 0u);
}

TEST(Arithmetic, LeavesOutWhatIsNone) {
  for (const char* mnemonic :
       {"movss", "cvtsi2ss", "ucomiss", "maxss", "xorps", "andps", "unpcklps", "movaps", "ret"}) {
    EXPECT_TRUE(arithmetic_of(mnemonic, "%xmm1,%xmm0").is_none()) << mnemonic;
  }
  EXPECT_TRUE(arithmetic_of("call", "98e0 <__tsan_read4>").is_none());
  EXPECT_TRUE(arithmetic_of("call", "*%rax").is_none());
}

TEST(Listing, AssignsInstructionsToTheBlockThatBeganLast) {
  const auto found = parse_listing(
      "0000000000001180 <kernel>:\n"
      "    1180:\tmulss  %xmm1,%xmm0\n"
      "    1184:\tcall   1030 <__sanitizer_cov_trace_pc>\n"
      "    1189:\tmulss  0x0(%rbp),%xmm0\n"
      "    118e:\tcall   1040 <__tsan_read4>\n"
      "    1193:\taddss  0x4(%rsp),%xmm0\n"
      "    1199:\tjne    1184 <kernel+0x4>\n"
      "    119b:\tcall   1030 <__sanitizer_cov_trace_pc>\n"
      "    11a0:\tret\n"
      "\n"
      "00000000000011b0 <another>:\n"
      "    11b0:\taddss  %xmm1,%xmm0\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].address, 0x1189u);
  EXPECT_EQ(found[0].block, 0x1189u);
  EXPECT_EQ(found[1].address, 0x1193u);
  EXPECT_EQ(found[1].block, 0x1189u);
}

}  // namespace
}  // namespace cadena::cuda::microscope
