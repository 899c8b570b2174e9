#pragma once

#include <gtest/gtest.h>

#include "cuda/ladder/machine.h"

namespace cadena::cuda::ladder {

/// Tests of each step of a ladder. Steps made for another compute capability are skipped, and the skip names it.
template <class AnyStep>
class StepTest : public testing::TestWithParam<AnyStep> {
  void SetUp() override {
    const int made_for = this->GetParam().compute_capability;
    if (!runs_here(made_for)) GTEST_SKIP() << "made for compute capability " << made_for / 10. << ", not this one";
  }
};

}  // namespace cadena::cuda::ladder
