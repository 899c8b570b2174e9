#include "tensor/softmax.h"

#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
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
