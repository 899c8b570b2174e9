#include "tensor/einsum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

/// Operand i holds ±1, ±2, … plus i, with the sign of even operands positive.
Tensor operand(std::size_t i, const Shape& shape) {
  const Tensor x = add(arange(0, shape.numel(), 1, Dtype::f64), 1);
  return reshape(add(i % 2 == 0 ? x : neg(x), static_cast<double>(i)), shape);
}

struct Case {
  const char* equation;
  std::vector<Shape> shapes;
  Shape shape;
  Values values;
};

/// numpy.einsum of NumPy 1.24.2 for these operands.
std::vector<Case> cases() {
  return {
      {"ij,jk->ik", {{2, 3}, {3, 4}}, {2, 4}, {-32, -38, -44, -50, -68, -83, -98, -113}},
      {"ij,jk", {{2, 3}, {3, 4}}, {2, 4}, {-32, -38, -44, -50, -68, -83, -98, -113}},
      {"ij,jk->ki", {{2, 3}, {3, 4}}, {4, 2}, {-32, -68, -38, -83, -44, -98, -50, -113}},
      {"ij->ji", {{2, 3}}, {3, 2}, {1, 4, 2, 5, 3, 6}},
      {"ij->", {{2, 3}}, {}, {21}},
      {"ij->j", {{2, 3}}, {3}, {5, 7, 9}},
      {"ii->i", {{3, 3}}, {3}, {1, 5, 9}},
      {"ii", {{3, 3}}, {}, {15}},
      {"iji->j", {{2, 3, 2}}, {3}, {9, 13, 17}},
      {"iii->i", {{2, 2, 2}}, {2}, {1, 8}},
      {"i,i->i", {{3}, {3}}, {3}, {0, -2, -6}},
      {"i,i", {{3}, {3}}, {}, {-8}},
      {"i,j->ij", {{2}, {3}}, {2, 3}, {0, -1, -2, 0, -2, -4}},
      {"i,j->ji", {{2}, {3}}, {3, 2}, {0, 0, -1, -2, -2, -4}},
      {"bij,bjk->bik", {{2, 2, 3}, {2, 3, 2}}, {2, 2, 2}, {-16, -22, -34, -49, -196, -220, -268, -301}},
      {"...ij,...jk->...ik", {{2, 1, 2, 3}, {4, 3, 2}}, {2, 4, 2, 2}, {-16,  -22,  -34,  -49,  -52,  -58,  -124, -139,
                                                                       -88,  -94,  -214, -229, -124, -130, -304, -319,
                                                                       -52,  -76,  -70,  -103, -196, -220, -268, -301,
                                                                       -340, -364, -466, -499, -484, -508, -664, -697}},
      {"...ij,jk", {{2, 2, 3}, {3, 2}}, {2, 2, 2}, {-16, -22, -34, -49, -52, -76, -70, -103}},
      {"i...->...", {{2, 3}}, {3}, {5, 7, 9}},
      {"...i->i...", {{2, 3}}, {3, 2}, {1, 4, 2, 5, 3, 6}},
      {"...,...->...", {{2, 1}, {3}}, {2, 3}, {0, -1, -2, 0, -2, -4}},
      {"bhqd,bhkd->bhqk", {{2, 2, 3, 2}, {2, 2, 2, 2}}, {2, 2, 3, 2}, {-2,   -8,   -4,   -18,  -6,   -28,  -68,  -98,
                                                                       -86,  -124, -104, -150, -230, -284, -264, -326,
                                                                       -298, -368, -488, -566, -538, -624, -588, -682}},
      {"ij,jk,kl->il", {{2, 3}, {3, 2}, {2, 2}}, {2, 2}, {-158, -196, -347, -430}},
      {"ij,k->", {{2, 3}, {2}}, {}, {-21}},
      {"ij,ij,ij->i", {{2, 3}, {2, 3}, {2, 3}}, {2}, {-38, -452}},
      {"aB,Bc->ac", {{2, 3}, {3, 2}}, {2, 2}, {-16, -22, -34, -49}},
      {"ba", {{2, 3}}, {3, 2}, {1, 4, 2, 5, 3, 6}},
      {",ij->ij", {{}, {2, 3}}, {2, 3}, {0, -1, -2, -3, -4, -5}},
      {",", {{}, {}}, {}, {0}},
      {"ij,j->ij", {{2, 3}, {3}}, {2, 3}, {0, -2, -6, 0, -5, -12}},
      {"ijk,jil->kl", {{2, 3, 2}, {3, 2, 2}}, {2, 2}, {-230, -266, -260, -302}},
      {"i i , i -> i", {{2, 2}, {2}}, {2}, {0, -4}},
      {"ij,jk->ik", {{2, 0}, {0, 2}}, {2, 2}, {0, 0, 0, 0}},
      {"ij,ij->ij", {{2, 3}, {2, 3}}, {2, 3}, {0, -2, -6, -12, -20, -30}},
      {"ab...,b...->a...", {{2, 3, 2}, {3, 2}}, {2, 2}, {-26, -44, -62, -98}}};
}

TEST(Einsum, AgreesWithNumPy) {
  for (const Case& c : cases()) {
    std::vector<Tensor> operands;
    for (std::size_t i = 0; i < c.shapes.size(); ++i) operands.push_back(operand(i, c.shapes[i]));
    const Tensor y = einsum(c.equation, operands);
    EXPECT_EQ(y.shape(), c.shape) << c.equation;
    EXPECT_EQ(y.to_vector(), c.values) << c.equation;
    for (Tensor& x : operands) x = transpose(copy(transpose(unsqueeze(unsqueeze(x, 0), 0), 0, -1)), 0, -1);
    for (std::size_t i = 0; i < operands.size(); ++i) operands[i] = squeeze(squeeze(operands[i], 0), 0);
    EXPECT_EQ(einsum(c.equation, operands).to_vector(), c.values) << c.equation << ", strided";
  }
}

TEST(Einsum, IsAViewWhereNothingIsComputed) {
  const Tensor x = zeros({3, 3});
  EXPECT_TRUE(einsum("ij->ji", {x}).storage() == x.storage());
  EXPECT_TRUE(einsum("ii->i", {x}).storage() == x.storage());
}

TEST(Einsum, CountsInIntegersAndPromotes) {
  const Tensor a = arange(0, 3);
  EXPECT_EQ(einsum("i,i", {a, a}).dtype(), Dtype::i64);
  EXPECT_EQ(einsum("i,i", {a, a}).item(), 5);
  EXPECT_EQ(einsum("i,i->i", {a, ones({3}, Dtype::f16)}).dtype(), Dtype::f16);
}

void expect_refused(const char* equation, const std::vector<Tensor>& operands, const std::string& message) {
  EXPECT_THAT([&] { einsum(equation, operands); }, ThrowsMessage<ShapeError>(HasSubstr(message)));
}

TEST(Einsum, ExplainsWhatDoesNotFit) {
  const Tensor a = zeros({2, 3});
  const Tensor b = zeros({4, 2});
  expect_refused("ij,jk->ik", {a, b},
                 "einsum 'ij,jk->ik': 'j' is 3 long in operand 0 and 4 in operand 1: (2, 3) and (4, 2)");
  expect_refused("ii", {a}, "'i' is both 2 and 3 long in operand 0");
  expect_refused("ijk->i", {a}, "einsum 'ijk->i': 'ijk' names 3 axes, operand 0 has shape (2, 3)");
  expect_refused("i->i", {a}, "'i' names 1 axis, operand 0 has shape (2, 3)");
  expect_refused("ijk...", {a}, "names 3 axes");
  expect_refused("ij,jk", {a}, "2 terms for 1 operand");
  expect_refused("ij", {a, b}, "1 terms for 2 operands");
  expect_refused("ij", {}, "1 terms for 0 operands");
  expect_refused("ij->ii", {a}, "output axis 'i' occurs twice");
  expect_refused("ij->ik", {a}, "output axis 'k' occurs in no input");
  expect_refused("ij->...", {a}, "the output has '...', no input has");
  expect_refused("i%->i", {a}, "unexpected '%' in 'i%'");
  expect_refused("i.j", {a}, "unexpected '.'");
  expect_refused("......", {a}, "more than one '...'");
  expect_refused("ij->i->j", {a}, "unexpected '-'");
  expect_refused("ij-i", {a}, "unexpected '-'");
  expect_refused("...j,...k->...", {zeros({2, 3}), zeros({4, 3})}, "an axis of '...' is 2 long in operand 0 and 4");
}

TEST(Einsum, BroadcastsNamedAxesOfExtentOne) {
  const Tensor a = reshape(arange(1, 4, 1, Dtype::f32), {1, 3}), b = reshape(arange(1, 5, 1, Dtype::f32), {2, 2, 1});
  // NumPy 1.24: np.einsum('ij,ikj->ik', a, b), with a 3 long and b 1 long in j
  EXPECT_EQ(einsum("ij,ikj->ik", {a, b}).to_vector(), (Values{6, 12, 18, 24}));
  EXPECT_EQ(einsum("ij,ij->ij", {a, ones({2, 1})}).shape(), (Shape{2, 3}));
  expect_refused("ii->i", {zeros({1, 3})}, "'i' is both 1 and 3 long in operand 0 of shape (1, 3)");
}

TEST(Einsum, NamesItselfWhenAskedForProductsOfMasks) {
  const Tensor mask = ones({2, 2}, Dtype::boolean);
  EXPECT_THAT(
      [&] {
        einsum("ij,jk->ik", {mask, mask});
      },
      ThrowsMessage<DtypeError>(HasSubstr("einsum: dtype is bool")));
}

}  // namespace
}  // namespace cadena
