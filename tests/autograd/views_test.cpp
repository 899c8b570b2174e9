#include "autograd/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "autograd/indexing.h"
#include "autograd/join.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/memory.h"
#include "tensor/random.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Tensor drawn(const Shape& shape) {
  Generator generator(3);
  return normal(generator, shape, 0, 1, Dtype::f64);
}

TEST(Views, OfAVariableShareItsValues) {
  const Variable x = parameter(drawn({2, 3, 1}));
  for (const Variable& y : {slice(x, 1, {.step = -1}), select(x, 0, -1), squeeze(x), squeeze(x, 2), unsqueeze(x, 1),
                            flip(x), diagonal(x), permute(x, {2, 0, 1}), transpose(x)}) {
    EXPECT_TRUE(y.value().storage() == x.value().storage());
    EXPECT_TRUE(y.requires_grad());
  }
}

TEST(Views, ComposedOfOthersPassGradcheck) {
  const auto passes = [](auto f, const Shape& shape) {
    const GradcheckReport report =
        gradcheck([&](std::span<const Variable> x) -> Variable { return f(x[0] * x[0]); }, {drawn(shape)});
    EXPECT_THAT(report.failures, testing::IsEmpty());
    EXPECT_GT(report.checks, 0);
  };
  passes([](const Variable& x) { return select(x, 1, -1); }, {2, 3, 2});
  passes([](const Variable& x) { return select(x, -2, 0); }, {2, 3, 2});
  passes([](const Variable& x) { return squeeze(x); }, {1, 3, 1});
  passes([](const Variable& x) { return squeeze(x, 0); }, {1, 3, 1});
  passes([](const Variable& x) { return unsqueeze(x, -1); }, {2, 3});
  passes([](const Variable& x) { return transpose(x, 0, 2); }, {2, 3, 4});
}

TEST(Select, OfAVariableNamesTheIndexOutOfRange) {
  EXPECT_THAT([] { select(parameter(drawn({2, 3})), 1, 3); }, ThrowsMessage<IndexError>(HasSubstr("select: index 3")));
}

/// Bytes that the gradient of the sum of `parts` squared reads of a (parts, 256) parameter allocates.
template <class Read>
std::size_t bytes_of_gradient(int parts, Read read, bool differentiable) {
  const Variable x = parameter(drawn({parts, 256}));
  Variable total = Variable(zeros({}, Dtype::f64));
  for (const Variable& part : read(x)) total = total + sum_to(part * part, {});
  const std::size_t before = allocated_bytes();
  const Variable g = grad(total, x, {.differentiable = differentiable});
  EXPECT_EQ(g.value().at({parts - 1, 17}), 2 * x.value().at({parts - 1, 17}));
  return allocated_bytes() - before;
}

/// What doubling the number of parts multiplies the bytes by: 2 for a linear cost, 4 for a quadratic one.
template <class Read>
double growth(Read read, bool differentiable = false) {
  return static_cast<double>(bytes_of_gradient(128, read, differentiable)) /
         static_cast<double>(bytes_of_gradient(64, read, differentiable));
}

template <class F>
auto each_row(F f) {
  return [f](const Variable& x) {
    std::vector<Variable> parts;
    for (i64 i = 0; i < x.size(0); ++i) parts.push_back(f(x, i));
    return parts;
  };
}

TEST(Reading, ATensorInPartsCostsAGradientLinearInTheirNumber) {
  const auto by_slice = each_row([](const Variable& x, i64 i) { return slice(x, 0, {i, i + 1}); });
  EXPECT_NEAR(growth(by_slice), 2, 0.1);
  EXPECT_NEAR(growth(each_row([](const Variable& x, i64 i) { return select(x, 0, i); })), 2, 0.1);
  EXPECT_NEAR(growth(each_row([](const Variable& x, i64 i) { return index_select(x, full({}, i, Dtype::i64), 0); })), 2,
              0.1);
  EXPECT_NEAR(growth(each_row([](const Variable& x, i64 i) {
                return gather(x, full({1, 256}, i, Dtype::i64), 0);
              })),
              2, 0.1);
  EXPECT_NEAR(growth([](const Variable& x) { return unbind(x); }), 2, 0.1);
  EXPECT_NEAR(growth([](const Variable& x) { return chunk(x, x.size(0)); }), 2, 0.1);
  // The measure sees a quadratic cost where there is one: the separate rule pads every cotangent with zeros.
  EXPECT_GT(growth(by_slice, true), 3.5);
}

TEST(Reading, ATensorInPartsAllocatesAFewTimesItsSize) {
  const auto by_slice = each_row([](const Variable& x, i64 i) { return slice(x, 0, {i, i + 1}); });
  EXPECT_LT(bytes_of_gradient(128, by_slice, false), 8 * 128 * 256 * sizeof(double));
}

}  // namespace
}  // namespace cadena
