#include "autograd/einsum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autograd/gradcheck.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/random.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Einsum, PassesGradcheckForEveryKindOfEquation) {
  struct Case {
    const char* equation;
    std::vector<Shape> shapes;
  };
  for (const Case& c :
       {Case{"ij,jk->ik", {{2, 3}, {3, 2}}}, Case{"bij,bkj->bik", {{2, 2, 3}, {2, 2, 3}}},
        Case{"...ij,jk->...ik", {{2, 2, 3}, {3, 2}}}, Case{"i,i->i", {{3}, {3}}}, Case{"i,j->ji", {{2}, {3}}},
        Case{"ij,jk,kl->il", {{2, 2}, {2, 3}, {3, 2}}}, Case{"ii,i->", {{3, 3}, {3}}},
        Case{"iij,j->i", {{2, 2, 3}, {3}}}, Case{"...,...->...", {{2, 1}, {3}}}, Case{"ij,kj->", {{2, 3}, {2, 3}}}}) {
    Generator generator(11);
    std::vector<Tensor> inputs;
    for (const Shape& shape : c.shapes) inputs.push_back(normal(generator, shape, 0, 1, Dtype::f64));
    const GradcheckReport report =
        gradcheck([&](std::span<const Variable> x) { return einsum(c.equation, x); }, inputs);
    EXPECT_THAT(report.failures, testing::IsEmpty()) << c.equation;
    std::vector<Variable> variables;
    for (const Tensor& x : inputs) variables.push_back(Variable(x));
    EXPECT_EQ(einsum(c.equation, variables).value().to_vector(), einsum(c.equation, inputs).to_vector()) << c.equation;
  }
}

TEST(Einsum, OfVariablesQuotesTheEquation) {
  EXPECT_THAT(
      [] {
        einsum("ij->k", {Variable(zeros({2, 2}))});
      },
      ThrowsMessage<ShapeError>(HasSubstr("einsum 'ij->k': output axis 'k'")));
}

}  // namespace
}  // namespace cadena
