#include "autograd/certify.h"

#include <gtest/gtest.h>

#include <iostream>
#include <set>

namespace cadena {
namespace {

/// Their outputs are views of their inputs, or inputs themselves: nothing is computed.
const std::set<std::string> kViews{};

/// Decompositions, which the CPU computes: their kernels, if any, only bring the matrices into order.
const std::set<std::string> kThroughHost{};

class EveryOpOnCuda : public testing::TestWithParam<const OpEntry*> {};

TEST_P(EveryOpOnCuda, IsCertified) {
  const Certificate certificate = certify(*GetParam(), {.device = Device::cuda()});
  std::cout << to_string(certificate) << '\n';
  EXPECT_TRUE(certificate.certified());
}

TEST_P(EveryOpOnCuda, IsComputedByKernels) {
  const std::string name = GetParam()->name;
  const Certificate certificate = certify(*GetParam(), {.device = Device::cuda()});
  const bool has_kernel = !certificate.kernels.empty();
  EXPECT_EQ(has_kernel, !kViews.contains(name) && !kThroughHost.contains(name)) << to_string(certificate);
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOpOnCuda, testing::ValuesIn(ops().begin(), ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace cadena
