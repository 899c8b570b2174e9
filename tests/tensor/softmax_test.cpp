#include "tensor/softmax.h"

#include <cmath>
#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/join.h"
#include "tensor/reduce.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64.
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

TEST(Softmax, AnyLayoutGivesTheSameBits) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    const Tensor x = mul(pattern({5, 53}, 11, dtype), 1.7);
    EXPECT_EQ(softmax(scattered(x)).to_vector(), softmax(x).to_vector());
    EXPECT_EQ(log_softmax(scattered(x)).to_vector(), log_softmax(x).to_vector());
  }
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
  expect_error<ShapeError>([] { softmax(tensor(1)); }, "softmax");
  expect_error<ShapeError>([] { log_softmax(example(), 2); }, "log_softmax");
}

}  // namespace
}  // namespace cadena
