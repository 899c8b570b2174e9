#include "tensor/update.h"

#include <gtest/gtest.h>

#include <vector>

#include "tensor/base/scalar_update.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/random.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// The same values, column after column.
Tensor by_columns(const Tensor& x) { return transpose(copy(transpose(x))); }

/// Three steps of AMSGrad on weights (3, 5) with every operand in the layout that its bit of `layouts` asks for.
std::vector<double> stepped(Dtype dtype, unsigned layouts) {
  Generator g(3);
  const Dtype computed = compute_dtype(dtype);
  const auto laid_out = [&](const Tensor& x, unsigned operand) {
    return (layouts >> operand & 1) != 0 ? by_columns(x) : x;
  };
  const Tensor exact = normal(g, {3, 5}, 0, 1, computed), weights = laid_out(cast(exact, dtype), 0);
  const Tensor master = computed == dtype ? Tensor() : laid_out(cast(weights, computed), 1);
  std::vector<Tensor> states;
  for (unsigned k = 0; k < 3; ++k) states.push_back(laid_out(zeros({3, 5}, computed), 3 + k));
  for (int step = 0; step < 3; ++step) {
    const Tensor gradient = laid_out(normal(g, {3, 5}, 0, 1, computed), 2);
    apply_update<scalar::AmsgradStep>("test", {weights, gradient, master, states}, [] {
      return scalar::AmsgradStep{{{}, 0.1, 1, 0.9, 0.99, 1e-8, 0.5, 0.5}};
    });
  }
  return weights.to_vector();
}

TEST(Update, GivesTheSameBitsInEveryLayoutOfEachOperand) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16}) {
    const std::vector<double> expected = stepped(dtype, 0);
    for (unsigned layouts = 1; layouts < 64; ++layouts) {
      EXPECT_EQ(stepped(dtype, layouts), expected) << to_string(dtype) << " layouts " << layouts;
    }
  }
}

}  // namespace
}  // namespace cadena
