#include "autograd/certify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <set>

namespace cadena {
namespace {

/// Their outputs are views of their inputs, or copies in another order: no formula is computed.
const std::set<std::string> kMoves{"broadcast_to", "cast",    "concat", "diagonal", "flip",  "identity",
                                   "permute",      "reshape", "slice",  "split",    "unbind"};

/// Decompositions, which the CPU computes: kernels only bring the matrices into order.
const std::set<std::string> kThroughHost{
    "cholesky", "cofactor", "cofactor_derivative", "det", "eigh", "eigvalsh", "inv", "pinv", "qr", "slogdet", "solve",
    "svd",      "svdvals",  "triangular_solve"};

bool computes(const std::string& kernel) { return kernel.find("Convert<") == std::string::npos; }

class EveryOpOnCuda : public testing::TestWithParam<const OpEntry*> {};

TEST_P(EveryOpOnCuda, IsCertifiedAndComputedByKernels) {
  const std::string name = GetParam()->name;
  const Certificate certificate = certify(*GetParam(), {.device = Device::cuda()});
  std::cout << to_string(certificate) << '\n';
  EXPECT_TRUE(certificate.certified());
  const bool has_kernel = std::any_of(certificate.kernels.begin(), certificate.kernels.end(), computes);
  EXPECT_EQ(has_kernel, !kMoves.contains(name) && !kThroughHost.contains(name));
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOpOnCuda, testing::ValuesIn(ops().begin(), ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace cadena
