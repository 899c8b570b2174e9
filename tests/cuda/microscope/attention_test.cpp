// What the steps of the attention ladder move and multiply, counted, against what the formulas say. Sizes are multiples
// of all tiles, so that the counts are exact.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <type_traits>
#include <vector>

#include "cuda/ladder/attention/steps.h"
#include "cuda/ladder/device_array.h"
#include "cuda/runtime/microscope/report.h"

namespace cadena::cuda::ladder {
namespace {

// Small, for every access is looked at; the tiles of the steps in bf16 are larger.
using Bf16 = __nv_bfloat16;
template <class T>
constexpr int kQueries = 128;
template <class T>
constexpr int kKeys = std::is_same_v<T, float> ? 64 : 128;
template <class T>
constexpr int kDepth = std::is_same_v<T, float> ? 32 : 64;
template <class T>
constexpr std::uint64_t kMatrix = kQueries<T>* kKeys<T>;  // numbers in a matrix of queries x keys
template <class T>
constexpr std::uint64_t kOfQueries = kQueries<T>* kDepth<T>;
template <class T>
constexpr std::uint64_t kOfKeys = kKeys<T>* kDepth<T>;

struct Counted {
  std::uint64_t memory_bytes = 0;  // every sector once in each direction, kernel by kernel
  std::uint64_t tensor = 0;        // operations of the tensor cores
  std::uint64_t excess = 0;        // wavefronts in shared memory that only bank conflicts cause
};

Counted look_at(const std::function<void()>& run) {
  microscope::reset();
  run();
  check(cudaDeviceSynchronize(), "running the step");
  const microscope::Report report = microscope::make_report();
  EXPECT_TRUE(report.findings.empty());
  Counted all;
  for (const auto& kernel : report.kernels) {
    all.memory_bytes += kernel.memory_bytes();
    all.tensor += kernel.tensor;
    all.excess += kernel.total(microscope::Space::shared).excess_wavefronts();
  }
  return all;
}

template <class T>
std::vector<T> filled(std::size_t count, float value) {
  T each;
  each = value;
  return std::vector<T>(count, each);
}

template <class T>
Counted count_forward(void (*step)(const Attention<T>&)) {
  const DeviceArray<T> of_queries(filled<T>(kOfQueries<T>, 0.25f)), of_keys(filled<T>(kOfKeys<T>, 0.5f)),
      values(filled<T>(kOfKeys<T>, 1)), out(filled<T>(kOfQueries<T>, 0));
  const DeviceArray<float> lse(filled<float>(kQueries<T>, 0)), weights(filled<float>(kMatrix<T>, 0));
  return look_at([&] {
    step({.shape = {.queries = kQueries<T>, .keys = kKeys<T>, .depth = kDepth<T>},
          .q = of_queries.data(),
          .k = of_keys.data(),
          .v = values.data(),
          .out = out.data(),
          .lse = lse.data(),
          .weights = weights.data()});
  });
}

template <class T>
Counted count_backward(void (*step)(const AttentionGradient<T>&)) {
  const DeviceArray<T> q(filled<T>(kOfQueries<T>, 0.25f)), k(filled<T>(kOfKeys<T>, 0.5f)), v(filled<T>(kOfKeys<T>, 1)),
      out(filled<T>(kOfQueries<T>, 1)), dout(filled<T>(kOfQueries<T>, 1)), dq(filled<T>(kOfQueries<T>, 0)),
      dk(filled<T>(kOfKeys<T>, 0)), dv(filled<T>(kOfKeys<T>, 0));
  const DeviceArray<float> lse(filled<float>(kQueries<T>, 5)), rows(filled<float>(2 * kQueries<T>, 0)),
      weights(filled<float>(kMatrix<T>, 1.0f / kKeys<T>)), weights_gradient(filled<float>(kMatrix<T>, 0));
  return look_at([&] {
    step({.shape = {.queries = kQueries<T>, .keys = kKeys<T>, .depth = kDepth<T>},
          .q = q.data(),
          .k = k.data(),
          .v = v.data(),
          .out = out.data(),
          .lse = lse.data(),
          .dout = dout.data(),
          .dq = dq.data(),
          .dk = dk.data(),
          .dv = dv.data(),
          .rows = rows.data(),
          .weights = weights.data(),
          .weights_gradient = weights_gradient.data()});
  });
}

// Four passes over S x T numbers; Q, K, V and O once each, and L.
TEST(AttentionCounts, ThreeKernelsPassFourTimesOverQueriesTimesKeys) {
  EXPECT_EQ(count_forward(attention_a1).memory_bytes,
            4 * (4 * kMatrix<float> + 2 * kOfQueries<float> + 2 * kOfKeys<float> + kQueries<float>));
}

TEST(AttentionCounts, FusedNeverMovesAMatrixOfScores) {
  EXPECT_EQ(count_forward(attention_a2).memory_bytes,
            4 * (2 * kOfQueries<float> + 2 * kOfKeys<float> + kQueries<float>));
  EXPECT_EQ(count_forward(attention_a4).memory_bytes,
            2 * (2 * kOfQueries<Bf16> + 2 * kOfKeys<Bf16>)+4 * kQueries<Bf16>);
}

// dV from P and dO; dP from dO and V; dS from P and dP; dQ from dS and K; dK from dS and Q.
TEST(AttentionCounts, BackwardWithKeptWeightsPassesSevenTimesOverQueriesTimesKeys) {
  EXPECT_EQ(count_backward(attention_a1_backward).memory_bytes,
            4 * (7 * kMatrix<float> + 4 * kOfQueries<float> + 4 * kOfKeys<float>));
}

// D from dO and O; dK and dV, and dQ, each from Q, K, V, dO, L and D.
TEST(AttentionCounts, FusedBackwardMovesRowsAlone) {
  EXPECT_EQ(count_backward(attention_a3).memory_bytes,
            4 * (7 * kOfQueries<float> + 6 * kOfKeys<float> + 5 * kQueries<float>));
}

// 2 S T d operations a product: two forward; S, dP, dV and dK, then S, dP and dQ, backward.
TEST(AttentionCounts, TensorCoresMultiplyTwiceForwardAndSevenTimesBackward) {
  EXPECT_EQ(count_forward(attention_a4).tensor, 2 * 2 * kMatrix<Bf16> * kDepth<Bf16>);
  EXPECT_EQ(count_backward(attention_a4_backward).tensor, 7 * 2 * kMatrix<Bf16> * kDepth<Bf16>);
}

TEST(AttentionCounts, SwizzledTilesHaveNoBankConflicts) { EXPECT_EQ(count_forward(attention_a4).excess, 0u); }

}  // namespace
}  // namespace cadena::cuda::ladder
