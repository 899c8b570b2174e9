#include "autograd/indexing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "autograd/index.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/random.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

template <class F>
void expect_gradcheck(F f, const Shape& shape) {
  Generator generator(5);
  const GradcheckReport report = gradcheck([&](std::span<const Variable> x) -> Variable { return f(x[0] * x[0]); },
                                           {normal(generator, shape, 0, 1, Dtype::f64)});
  EXPECT_THAT(report.failures, testing::IsEmpty());
}

TEST(Indexing, CompositionsPassGradcheck) {
  const Tensor at = tensor({2, -1, 2}, Dtype::i64);
  const Tensor mask = tensor({1, 0, 1}, Dtype::boolean);
  expect_gradcheck([&](const Variable& x) { return embedding(x, tensor({2, 0, 2}, Dtype::i64)); }, {3, 2});
  expect_gradcheck([&](const Variable& x) { return take(x, at); }, {2, 3});
  expect_gradcheck([&](const Variable& x) { return masked_select(x, mask); }, {2, 3});
  expect_gradcheck([&](const Variable& x) { return masked_select(x, mask); }, {2, 1});
  expect_gradcheck(
      [&](const Variable& x) {
        return index(x, {Range{.step = -1}, 1, ellipsis, new_axis, mask});
      },
      {2, 2, 2, 3});
  expect_gradcheck([&](const Variable& x) { return index(x, {at, at}); }, {3, 3, 2});
}

TEST(Index, OfAVariableAgreesWithThatOfItsTensor) {
  const Tensor x = reshape(arange(0, 24, 1, Dtype::f64), {2, 3, 4});
  const Tensor at = tensor({2, 0}, Dtype::i64);
  EXPECT_EQ(index(Variable(x), {ellipsis, at, Range{.step = -1}}).value().to_vector(),
            index(x, {ellipsis, at, Range{.step = -1}}).to_vector());
  EXPECT_EQ(index(Variable(x), {1, 2, 3}).item(), 23);
}

TEST(Embedding, SumsTheGradientOfAHalfPrecisionRowInSinglePrecision) {
  const Variable table = parameter(ones({2, 1}, Dtype::f16));  // 1 + 1 + … would stop at 2048 in f16
  const Variable rows = embedding(table, zeros({4096}, Dtype::i64));
  const Variable g = grad(rows, table, {.cotangent = Variable(ones({4096, 1}, Dtype::f16))});
  EXPECT_EQ(g.dtype(), Dtype::f16);
  EXPECT_EQ(g.value().to_vector(), (Values{4096, 0}));
}

TEST(Scatter, GivesTheGradientToTheSourceThatWon) {
  const Variable x = parameter(tensor({1, 2, 3}));
  const Variable source = parameter(tensor({4, 5, 6}));
  const Variable y = scatter(x, tensor({1, 0, 1}, Dtype::i64), source, 0);
  EXPECT_EQ(y.value().to_vector(), (Values{5, 6, 3}));
  const std::vector<Variable> g = grad(y, {x, source}, {.cotangent = Variable(tensor({10, 20, 30}))});
  EXPECT_EQ(g[0].value().to_vector(), (Values{0, 0, 30}));
  EXPECT_EQ(g[1].value().to_vector(), (Values{0, 10, 20}));
}

TEST(MaskedFill, BlocksGradientsOfNan) {
  const Variable x = parameter(tensor({1, std::numeric_limits<double>::quiet_NaN()}));
  const Variable y = masked_fill(x, tensor({0, 1}, Dtype::boolean), 0);
  EXPECT_EQ(y.value().to_vector(), (Values{1, 0}));
  EXPECT_EQ(grad(y, x, {.cotangent = Variable(ones({2}))}).value().to_vector(), (Values{1, 0}));
}

TEST(Indexing, ChecksVariablesAsItChecksTensors) {
  const Variable x = parameter(zeros({2, 3}));
  EXPECT_THAT([&] { embedding(x, tensor({2}, Dtype::i64)); }, ThrowsMessage<IndexError>(HasSubstr("index 2")));
  EXPECT_THAT([&] { embedding(unsqueeze(x, 0), tensor({0}, Dtype::i64)); },
              ThrowsMessage<ShapeError>(HasSubstr("embedding: table")));
  EXPECT_THAT([&] { masked_select(x, x.value()); }, ThrowsMessage<DtypeError>(HasSubstr("mask")));
}

}  // namespace
}  // namespace cadena
