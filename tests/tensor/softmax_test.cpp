#include "tensor/softmax.h"

#include <cmath>
#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"
#include "tensor/join.h"
#include "tensor/reduce.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64, 2.15 where they are of the backward pass.
namespace cadena {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor example() { return tensor({{3, -1, 2}, {0.5, 4, -2.5}}, Dtype::f64); }

TEST(Softmax, AlongAnyAxisOfAnyLayout) {
  const std::vector<double> rows{0.7213991842739687,   0.013212886953789414, 0.26538792877224193,
                                 0.029269515697166983, 0.9692732409237238,   0.0014572433791091193};
  expect_values(softmax(example()), rows);
  expect_values(softmax(scattered(example()), 1), rows);
  expect_values(softmax(transpose(example()), 0),
                transpose(tensor({{rows[0], rows[1], rows[2]}, {rows[3], rows[4], rows[5]}}, Dtype::f64)).to_vector());
  expect_values(log_softmax(example(), 0), {-0.07888973429254957, -5.006715348489118, -0.011047744848593777,
                                            -2.5788897342925496, -0.006715348489117967, -4.511047744848594});
}

TEST(Softmax, BackwardAlongAnyAxis) {
  const Tensor u = tensor({{1, 2, -1}, {0.5, -0.25, 3}}, Dtype::f64), x = example();
  const std::vector<double> rows{0.373369504794539,   0.020051387975671693,  -0.39342089277021075,
                                 0.02117098673514707, -0.025868136546917792, 0.0046971498117707065};
  expect_values(softmax_backward(u, softmax(x)), rows);
  expect_values(softmax_backward(scattered(u), scattered(softmax(x)), 1), rows);
  expect_values(softmax_backward(u, softmax(x, 0), 0),
                {0.03505185827255403, 0.014958127509277852, -0.04346491888890097, -0.03505185827255409,
                 -0.014958127509277823, 0.04346491888890094});
  const std::vector<double> of_logarithms{-0.4427983685479373, 1.9735742260924212,  -1.5307758575444839,
                                          0.40487407398420727, -3.4001380330021025, 2.9952639590178953};
  expect_values(log_softmax_backward(u, log_softmax(x)), of_logarithms);
  expect_values(log_softmax_backward(scattered(u), scattered(log_softmax(x)), -1), of_logarithms);
  expect_values(log_softmax_backward(u, log_softmax(x, 0), 0),
                {-0.3862127299681348, 1.9882875108825016, -2.978026114738814, 0.38621272996813466, -1.9882875108825018,
                 2.978026114738814});
}

TEST(Softmax, RowsSumToOneForLargeLogits) {
  expect_values(softmax(mul(example(), 1000)), {1, 0, 0, 0, 1, 0});
  expect_values(sum(softmax(mul(cast(example(), Dtype::f32), 1e30)), 1), {1, 1});
  expect_values(log_softmax(tensor({1000, 0})), {0, -1000});
}

TEST(Softmax, OfInfinitiesAndNan) {
  expect_values(softmax(tensor({{-kInf, 0}, {-kInf, -kInf}, {kNan, 0}})), {0, 1, kNan, kNan, kNan, kNan});
  for (const auto& f : {softmax, log_softmax}) {
    expect_values(f(tensor({{0, kNan}, {kInf, kNan}, {kNan, kInf}, {-kInf, kNan}}), -1), std::vector<double>(8, kNan));
  }
}

// Longer than the vectors in which rows are worked out, at every place in them.
TEST(Softmax, HiddenElementsOfLongRowsWeighNothingAndNanSpreads) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16}) {
    for (i64 at : {0, 15, 16, 36}) {
      std::vector<double> row(37, 0.0);
      row[static_cast<std::size_t>(at)] = -kInf;
      const Tensor x = from_values(row, {37}, dtype), y = softmax(x);
      EXPECT_EQ(y.at({at}), 0);
      EXPECT_EQ(y.at({3}), full({}, 1.0 / 36, dtype).item());
      EXPECT_EQ(log_softmax(x).at({at}), -kInf);
      row[static_cast<std::size_t>(at)] = kNan;
      expect_values(softmax(from_values(row, {37}, dtype)), std::vector<double>(37, kNan));
      expect_values(log_softmax(from_values(row, {37}, dtype)), std::vector<double>(37, kNan));
    }
  }
  expect_values(softmax(tensor({kNan, -kInf, -kInf})), {kNan, kNan, kNan});
}

/// What the functions of rows give for x and a cotangent, along its last axis.
std::vector<std::vector<double>> all_of_rows(const Tensor& x, const Tensor& u) {
  const Tensor s = softmax(x), y = log_softmax(x);
  return {s.to_vector(), y.to_vector(), softmax_backward(u, s).to_vector(), log_softmax_backward(u, y).to_vector()};
}

// More rows than are brought at once where memory runs across them.
TEST(Softmax, AnyLayoutGivesTheSameBits) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16}) {
    const Tensor x = mul(pattern({37, 53}, 11, dtype), 1.7), u = pattern({37, 53}, 5, dtype);
    EXPECT_EQ(all_of_rows(scattered(x), scattered(u)), all_of_rows(x, u));
    EXPECT_EQ(all_of_rows(x, scattered(u)), all_of_rows(x, u));
    for (const auto& f : {softmax, log_softmax}) {
      const Tensor y = f(transpose(x), 0);
      EXPECT_EQ(transpose(y).to_vector(), f(x, 1).to_vector());
    }
  }
}

TEST(Softmax, AlongAMiddleAxisTakesTheOthersInTheirOrder) {
  const Tensor x = pattern({3, 7, 4, 5}), u = pattern({3, 7, 4, 5}, 5);
  const auto last = [](const Tensor& t) { return permute(t, {0, 2, 3, 1}); };
  expect_values(last(softmax(x, 1)), softmax(copy(last(x))), 0);
  expect_values(last(log_softmax_backward(u, x, 1)), log_softmax_backward(copy(last(u)), copy(last(x))));
}

TEST(Softmax, DoesNotDependOnTheNumberOfThreads) {
  const int before = cpu::num_threads();
  const Tensor x = pattern({300, 301}, 11, Dtype::f32), u = pattern({300, 301}, 5, Dtype::f32);
  cpu::set_num_threads(1);
  const auto alone = all_of_rows(x, u), across = all_of_rows(transpose(x), transpose(u));
  const std::vector<double> columns = log_softmax_backward(u, x, 0).to_vector();
  cpu::set_num_threads(3);
  EXPECT_EQ(all_of_rows(x, u), alone);
  EXPECT_EQ(all_of_rows(transpose(x), transpose(u)), across);
  EXPECT_EQ(log_softmax_backward(u, x, 0).to_vector(), columns);
  cpu::set_num_threads(before);
}

// ln 1024 is 6.931, the nearest bf16 6.9375: e^y alone is 0.6 % too small everywhere, and the gradient would not be 0.
TEST(LogSoftmax, BackwardDoesNotTakeTheRoundingOfItsResultForProbabilities) {
  const Tensor y = log_softmax(zeros({1, 1024}, Dtype::bf16));
  expect_values(log_softmax_backward(ones({1, 1024}, Dtype::bf16), y), std::vector<double>(1024, 0.0), 1e-7);
}

// One after the other, 300,000 terms of 0.1 lose four digits in f32.
TEST(Softmax, LongRowsAreSummedAccurately) {
  const i64 n = 300000;
  const Tensor y = log_softmax(concat({tensor({0}), full({n - 1}, std::log(0.1))}, 0));
  EXPECT_NEAR(y.at({0}), -std::log(1 + 0.1 * static_cast<double>(n - 1)), 2e-6);
}

TEST(Softmax, OfHalvesIntegersAndNothing) {
  expect_values(softmax(tensor({0, 0, 0, 0}, Dtype::bf16)), {0.25, 0.25, 0.25, 0.25});
  EXPECT_EQ(softmax(tensor({1, 2}, Dtype::i64)).dtype(), Dtype::f32);
  EXPECT_EQ(softmax(zeros({3, 0})).shape(), (Shape{3, 0}));
  EXPECT_EQ(softmax_backward(zeros({3, 0}), zeros({3, 0})).shape(), (Shape{3, 0}));
  expect_error<ShapeError>([] { softmax(tensor(1)); }, "softmax");
  expect_error<ShapeError>([] { log_softmax(example(), 2); }, "log_softmax");
}

}  // namespace
}  // namespace cadena
