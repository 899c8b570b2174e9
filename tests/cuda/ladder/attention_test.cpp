// Every step of the attention ladder against f64, at lengths on both sides of every tile.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cuda/ladder/attention/reference.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/ladder/attention/task.h"
#include "cuda/ladder/device_array.h"
#include "tests/cuda/drawn_sizes.h"
#include "tests/cuda/ladder/step_test.h"

namespace cadena::cuda::ladder {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

template <class T>
constexpr Rounding kRounding = std::is_same_v<T, float> ? kFloatRounding : kBf16Rounding;

template <class T>
std::vector<T> to(const std::vector<float>& values) {
  if constexpr (std::is_same_v<T, float>) return values;
  std::vector<T> result;
  for (const float value : values) result.push_back(static_cast<T>(__float2bfloat16(value)));
  return result;
}

template <class T>
std::vector<float> floats(const std::vector<T>& values) {
  return std::vector<float>(values.begin(), values.end());
}

// Normal numbers, as many as `rows` of the shape; exact in T.
template <class T>
std::vector<float> random_rows(const AttentionShape& shape, int rows, unsigned seed, float size = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, size);
  std::vector<float> values(static_cast<std::size_t>(shape.members()) * at(rows, 0, shape.depth));
  std::generate(values.begin(), values.end(), [&] { return normal(generator); });
  return floats(to<T>(values));
}

std::vector<float> blank(std::size_t count) { return std::vector<float>(count, kNaN); }

std::string text(const AttentionShape& s) {
  std::ostringstream out;
  out << s.batch << " x " << s.heads << " x (" << s.queries << ", " << s.keys << ") x " << s.depth
      << (s.causal ? ", causal" : "");
  return out.str();
}

std::size_t matrix_size(const AttentionShape& s) {
  return static_cast<std::size_t>(s.members()) * at(s.queries, 0, s.keys);
}

// Values and what was computed of them.
template <class T>
struct Values {
  AttentionShape shape;
  std::vector<float> q, k, v, dout;
  explicit Values(const AttentionShape& s, float size = 1)
      : shape(s),
        q(random_rows<T>(s, s.queries, 1, size)),
        k(random_rows<T>(s, s.keys, 2, size)),
        v(random_rows<T>(s, s.keys, 3)),
        dout(random_rows<T>(s, s.queries, 4)) {}
  std::size_t rows() const { return static_cast<std::size_t>(shape.members() * shape.queries); }
};

void expect_close(const char* name, const Expected& expected, const std::vector<float>& got,
                  const AttentionShape& shape) {
  const Comparison result = expected.compare(got);
  EXPECT_TRUE(result.correct()) << name << " of " << text(shape) << ": error " << result.max_error << " is "
                                << result.worst_share << " of its bound";
}

template <class T>
using Forward = void (*)(const Attention<T>&);
template <class T>
using Backward = void (*)(const AttentionGradient<T>&);

template <class T>
void expect_forward(Forward<T> run, const Values<T>& values) {
  const AttentionShape& s = values.shape;
  const DeviceArray<T> q(to<T>(values.q)), k(to<T>(values.k)), v(to<T>(values.v)), out(to<T>(blank(values.q.size())));
  const DeviceArray<float> lse(blank(values.rows())), weights(blank(matrix_size(s)));
  run({.shape = s,
       .q = q.data(),
       .k = k.data(),
       .v = v.data(),
       .out = out.data(),
       .lse = lse.data(),
       .weights = weights.data()});
  check(cudaDeviceSynchronize(), "running the step");
  const ExpectedAttention expected = expected_attention(s, values.q, values.k, values.v, kRounding<T>);
  expect_close("O", expected.out, floats(out.to_host()), s);
  expect_close("L", expected.lse, lse.to_host(), s);
}

// The cotangents that a step returns, given the exact O and L rounded once.
template <class T>
struct Gradients {
  std::vector<float> dq, dk, dv;
};
template <class T>
Gradients<T> gradients_of(Backward<T> run, const Values<T>& values) {
  const AttentionShape& s = values.shape;
  const ExpectedAttention exact = expected_attention(s, values.q, values.k, values.v, kRounding<T>);
  const DeviceArray<T> q(to<T>(values.q)), k(to<T>(values.k)), v(to<T>(values.v)), dout(to<T>(values.dout)),
      out(to<T>(floats(exact.out.value))), dq(to<T>(blank(values.q.size()))), dk(to<T>(blank(values.k.size()))),
      dv(to<T>(blank(values.v.size())));
  const DeviceArray<float> lse(floats(exact.lse.value)), rows(blank(2 * values.rows())),
      dq_sum(blank(std::is_same_v<T, float> ? 0 : s.dq_sum_size())),
      weights(blank(std::is_same_v<T, float> ? matrix_size(s) : 0)),
      weights_gradient(blank(std::is_same_v<T, float> ? matrix_size(s) : 0));
  if constexpr (std::is_same_v<T, float>) {  // A1 leaves its weights
    const DeviceArray<float> again(blank(values.q.size())), lse_again(blank(values.rows()));
    attention_a1({.shape = s,
                  .q = q.data(),
                  .k = k.data(),
                  .v = v.data(),
                  .out = again.data(),
                  .lse = lse_again.data(),
                  .weights = weights.data()});
    check(cudaDeviceSynchronize(), "the weights of A1");
  }
  run({.shape = s,
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
       .dq_sum = dq_sum.data(),
       .weights = weights.data(),
       .weights_gradient = weights_gradient.data()});
  check(cudaDeviceSynchronize(), "running the step");
  return {floats(dq.to_host()), floats(dk.to_host()), floats(dv.to_host())};
}

template <class T>
void expect_backward(Backward<T> run, const Values<T>& values) {
  const Gradients<T> got = gradients_of<T>(run, values);
  const ExpectedAttentionGradient expected =
      expected_attention_gradient(values.shape, values.q, values.k, values.v, values.dout, kRounding<T>);
  expect_close("dQ", expected.dq, got.dq, values.shape);
  expect_close("dK", expected.dk, got.dk, values.shape);
  expect_close("dV", expected.dv, got.dv, values.shape);
}

// A step of one of the four tables.
struct AnyStep {
  std::string id;
  int compute_capability;
  std::vector<int> depths;
  std::function<void(const AttentionShape&, float)> expect;
  std::function<bool(const AttentionShape&)> same_twice;
};

std::ostream& operator<<(std::ostream& out, const AnyStep& step) { return out << step.id; }

std::vector<AnyStep> steps_to_test() {
  std::vector<AnyStep> result;
  const auto add = [&]<class T>(T) {
    const std::vector<int> depths = std::is_same_v<T, float> ? std::vector{64, 5, 33, 128, 1} : std::vector{64, 128};
    for (const auto& step : attention_steps<T>()) {
      result.push_back(
          {step.id,
           step.compute_capability,
           depths,
           [run = step.run](const AttentionShape& s, float size) { expect_forward<T>(run, Values<T>(s, size)); },
           {}});
    }
    for (const auto& step : attention_gradient_steps<T>()) {
      result.push_back(
          {step.id, step.compute_capability, depths,
           [run = step.run](const AttentionShape& s, float size) { expect_backward<T>(run, Values<T>(s, size)); },
           [run = step.run, adds = std::string(step.id) == "A5b"](const AttentionShape& s) {
             const Values<T> values(s);
             const Gradients<T> once = gradients_of<T>(run, values), again = gradients_of<T>(run, values);
             return (adds || once.dq == again.dq) && once.dk == again.dk && once.dv == again.dv;
           }});
    }
  };
  add(float());
  add(__nv_bfloat16());
  return result;
}

class AttentionStep : public StepTest<AnyStep> {
 protected:
  // One of the step's depths, another one each time.
  int depth() { return GetParam().depths[turn_++ % GetParam().depths.size()]; }
  void expect(AttentionShape shape, float size = 1) {
    shape.depth = depth();
    GetParam().expect(shape, size);
  }

 private:
  std::size_t turn_ = 0;
};

TEST_P(AttentionStep, IsCorrectOnBothSidesOfEveryTile) {
  for (const int length : {1, 31, 33, 127, 129}) {
    for (const bool causal : {false, true}) expect({.queries = length, .keys = length, .causal = causal});
  }
}

TEST_P(AttentionStep, TakesMoreKeysThanQueries) {
  for (const bool causal : {false, true}) {
    expect({.queries = 33, .keys = 200, .causal = causal});
    expect({.queries = 1, .keys = 129, .causal = causal});
  }
}

// Causal, and more queries than keys: the first ones see no key. They give 0, and so do their cotangents.
TEST_P(AttentionStep, GivesZeroToQueriesThatSeeNoKey) {
  for (const bool causal : {false, true}) {
    expect({.queries = 200, .keys = 31, .causal = causal});
    expect({.queries = 129, .keys = 1, .causal = causal});
  }
}

TEST_P(AttentionStep, KeepsBatchAndHeadsApart) {
  expect({.batch = 2, .heads = 3, .queries = 33, .keys = 31, .causal = true});
  expect({.batch = 3, .heads = 1, .queries = 31, .keys = 65});
}

// Stages are used again, so that their barriers go through both parities.
TEST_P(AttentionStep, WalksOverMoreTilesThanItHasStages) {
  for (int twice = 0; twice < 2; ++twice) expect({.queries = 9, .keys = 400});
  for (int twice = 0; twice < 2; ++twice) expect({.queries = 400, .keys = 9});
}

// Scores of some hundreds: e^s alone would overflow, and where all are far below 0, e^(0 - L) beyond the last key
// would.
TEST_P(AttentionStep, TakesLargeScores) {
  expect({.queries = 65, .keys = 130, .causal = true}, 10);
  expect({.queries = 65, .keys = 1}, 10);
}

TEST_P(AttentionStep, TakesDrawnSizes) {
  support::Drawn draw(6);
  for (int i = 0; i < support::draws(3); ++i) {
    const int heads = draw.between(1, 3), queries = draw.size(0, 200), keys = draw.size(0, 200);
    expect({.heads = heads, .queries = queries, .keys = keys, .causal = draw.coin()});
  }
}

TEST_P(AttentionStep, TakesNoKeysAndNoQueries) {
  expect({.queries = 5, .keys = 0});
  expect({.queries = 0, .keys = 5});
  expect({.heads = 0, .queries = 5, .keys = 5});
}

// Except for dQ of A5, to which blocks add in any order.
TEST_P(AttentionStep, BackwardGivesTheSameBitsEachTime) {
  if (!GetParam().same_twice) GTEST_SKIP() << "a forward step";
  EXPECT_TRUE(GetParam().same_twice({.heads = 2, .queries = 129, .keys = 70, .depth = depth(), .causal = true}));
}

INSTANTIATE_TEST_SUITE_P(Ladder, AttentionStep, testing::ValuesIn(steps_to_test()),
                         [](const auto& step) { return step.param.id; });

TEST(AttentionLadder, RefusesDepthsThatAStepDoesNotHave) {
  EXPECT_THROW(attention_a2({.shape = {.queries = 1, .keys = 1, .depth = 129}}), CudaError);
  EXPECT_THROW(attention_a3({.shape = {.queries = 0, .keys = 1, .depth = 129}}), CudaError);
  EXPECT_THROW(attention_a4({.shape = {.queries = 1, .keys = 1, .depth = 96}}), CudaError);
  EXPECT_THROW(attention_a4_backward({.shape = {.queries = 1, .keys = 1, .depth = 32}}), CudaError);
  EXPECT_THROW(attention_a5({.shape = {.queries = 1, .keys = 1, .depth = 96}}), CudaError);
  EXPECT_THROW(attention_a5_backward({.shape = {.queries = 1, .keys = 1, .depth = 96}}), CudaError);
}

TEST(AttentionLadder, RefusesMatricesThatAreNotAligned) {
  const DeviceArray<__nv_bfloat16> rows(to<__nv_bfloat16>(blank(65)));
  EXPECT_THROW(attention_a4({.shape = {.queries = 1, .keys = 1, .depth = 64}, .q = rows.data() + 1}), CudaError);
}

// The tiles of a problem in the order of their blocks.
std::vector<AttentionTask> dealt(const AttentionShape& shape, int tile, Order order) {
  std::vector<AttentionTask> tasks;
  const int blocks = static_cast<int>(AttentionTask::grid(shape.members(), shape.queries, tile).x);
  for (int b = 0; b < blocks; ++b) tasks.emplace_back(b, shape, shape.queries, tile, order, sizeof(float));
  return tasks;
}

// 16,384 keys and values of 128 numbers have 16 MiB: two members go together, and the fifth alone.
TEST(AttentionTask, DealsOutTheLongestTilesOfAGroupFirst) {
  const AttentionShape shape{.heads = 5, .queries = 200, .keys = 16384, .depth = 128, .causal = true};
  ASSERT_EQ(members_together(shape, sizeof(float)), 2);
  std::set<std::pair<int, int>> seen;
  int group = 0, row = 192;
  for (const AttentionTask& task : dealt(shape, 64, Order::last_first)) {
    EXPECT_TRUE(seen.emplace(task.member, task.row).second) << task.member << ", " << task.row;
    if (task.member / 2 == group) {
      EXPECT_LE(task.row, row) << "a longer tile comes later";
    } else {
      EXPECT_EQ(task.member / 2, ++group) << "a group is left before its end";
    }
    row = task.row;
  }
  EXPECT_EQ(seen.size(), 5U * 4U);
}

TEST(AttentionTask, KeepsMembersApartWhereAllTilesAreEquallyLong) {
  const AttentionShape shape{.heads = 3, .queries = 130, .keys = 64, .depth = 64};
  int number = 0;
  for (const AttentionTask& task : dealt(shape, 64, Order::first_first)) {
    EXPECT_EQ(task.member, number / 3);
    EXPECT_EQ(task.row, number % 3 * 64);
    ++number;
  }
  EXPECT_EQ(number, 9);
}

template <class T>
void expect_described(Steps<T> steps, std::vector<std::string>& ids) {
  for (const auto& step : steps) {
    ids.push_back(step.id);
    EXPECT_GT(std::string(step.title).size(), 5u) << step.id;
    EXPECT_LE(step.expected.least, step.expected.most) << step.id;
    EXPECT_TRUE(std::ifstream(step.source).good()) << step.id << ": " << step.source;
    EXPECT_EQ(&find_step(steps, step.id), &step);
  }
}

TEST(AttentionLadder, DescribesItsSteps) {
  std::vector<std::string> ids;
  expect_described(attention_steps<float>(), ids);
  expect_described(attention_steps<__nv_bfloat16>(), ids);
  expect_described(attention_gradient_steps<float>(), ids);
  expect_described(attention_gradient_steps<__nv_bfloat16>(), ids);
  EXPECT_EQ(ids, (std::vector<std::string>{"A1", "A2", "A4", "A5", "A1b", "A3", "A4b", "A5b"}));
}

// One query, two keys with scores 0 and log 3 / 1: weights 1/4 and 3/4, so O = 3 and L = log 4 (by hand).
TEST(AttentionReference, ComputesByHandWhatItComputes) {
  const AttentionShape shape{.queries = 1, .keys = 2, .depth = 1};
  const auto log3 = static_cast<float>(std::log(3.0));
  const ExpectedAttention x = expected_attention(shape, {1}, {0, log3}, {0, 4}, kFloatRounding);
  EXPECT_NEAR(x.out.value[0], 3, 1e-6);
  EXPECT_NEAR(x.lse.value[0], std::log(4.0), 1e-6);
  // dP = (0, 4), D = 3, dS = (1/4 (0 - 3), 3/4 (4 - 3)): dQ = 3/4 log 3, dK = dS, dV = P.
  const ExpectedAttentionGradient g = expected_attention_gradient(shape, {1}, {0, log3}, {0, 4}, {1}, kFloatRounding);
  EXPECT_NEAR(g.dq.value[0], 0.75 * std::log(3.0), 1e-6);
  EXPECT_NEAR(g.dk.value[0], -0.75, 1e-6);
  EXPECT_NEAR(g.dk.value[1], 0.75, 1e-6);
  EXPECT_NEAR(g.dv.value[0], 0.25, 1e-6);
  EXPECT_NEAR(g.dv.value[1], 0.75, 1e-6);
}

TEST(AttentionReference, NeverAcceptsNaN) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Expected x{{1, -infinity}, {0.1, 0.1}};
  EXPECT_TRUE(x.compare({1.05f, -std::numeric_limits<float>::infinity()}).correct());
  EXPECT_FALSE(x.compare({kNaN, -std::numeric_limits<float>::infinity()}).correct());
  EXPECT_FALSE(x.compare({1, kNaN}).correct());
  EXPECT_FALSE(x.compare({1, 0}).correct());
  EXPECT_FALSE(x.compare({1.2f, -std::numeric_limits<float>::infinity()}).correct());
  EXPECT_FALSE(x.compare({1}).correct());
}

}  // namespace
}  // namespace cadena::cuda::ladder
