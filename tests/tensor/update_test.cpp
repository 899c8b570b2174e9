#include "tensor/update.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tensor/base/scalar_update.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/join.h"
#include "tensor/random.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// x (3, 5) row after row, column after column, or with a gap behind each row.
Tensor laid_out(const Tensor& x, int layout) {
  if (layout == 0) return x;
  if (layout == 1) return transpose(copy(transpose(x)));
  return slice(pad(x, {0, 0}, {0, 2}), 1, {.stop = 5});
}

/// Three steps of AMSGrad on weights (3, 5); `layouts` has one of each operand.
std::vector<double> stepped(Dtype dtype, const std::array<int, 6>& layouts) {
  Generator g(3);
  const Dtype computed = compute_dtype(dtype);
  const Tensor exact = normal(g, {3, 5}, 0, 1, computed), weights = laid_out(cast(exact, dtype), layouts[0]);
  const Tensor master = computed == dtype ? Tensor() : laid_out(cast(weights, computed), layouts[1]);
  std::vector<Tensor> states;
  for (std::size_t k = 3; k < 6; ++k) states.push_back(laid_out(zeros({3, 5}, computed), layouts[k]));
  for (int step = 0; step < 3; ++step) {
    const Tensor gradient = laid_out(normal(g, {3, 5}, 0, 1, computed), layouts[2]);
    apply_update<scalar::AmsgradStep>("test", {weights, gradient, master, states}, [] {
      return scalar::AmsgradStep{{{}, 0.1, 1, 0.9, 0.99, 1e-8, 0.5, 0.5}};
    });
  }
  return weights.to_vector();
}

TEST(Update, GivesTheSameBitsInEveryLayoutOfEachOperand) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16}) {
    const std::vector<double> expected = stepped(dtype, {});
    for (int number = 1; number < 729; ++number) {
      std::array<int, 6> layouts{};
      for (int k = 0, rest = number; k < 6; ++k, rest /= 3) layouts[static_cast<std::size_t>(k)] = rest % 3;
      EXPECT_EQ(stepped(dtype, layouts), expected) << to_string(dtype) << ", layouts " << number;
    }
  }
}

}  // namespace
}  // namespace cadena
