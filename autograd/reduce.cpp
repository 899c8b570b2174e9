#include "autograd/reduce.h"

#include <algorithm>
#include <vector>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/join.h"
#include "autograd/reduction.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/factories.h"
#include "tensor/reduce.h"
#include "tensor/scan.h"
#include "tensor/views.h"

namespace cadena {

/// dy = (1/n) sum dx, and its adjoint repeats dy / n.
struct Mean {
  static constexpr auto name = "mean";
  static constexpr auto formula = R"(y = \frac1n \sum_i x_i)";
  Axes axes;

  Tensor forward(const Tensor& x) const { return mean(x, axes); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const {
    return spread(dy / static_cast<double>(reduced_count(axes, x.shape)), axes, x.shape);
  }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return mean(dx, axes); }

  static Samples<Mean> samples() {
    Draw draw(name);
    return {{"axes=()", {}, {draw.normal({2, 3})}},
            {"axes=(0, 2)", {{0, 2}}, {draw.normal({2, 3, 4})}},
            {"axes=(-1,)", {-1}, {draw.normal({3, 1})}},
            {"axes=(1,)", {1}, {draw.normal({0, 3})}}};
  }
  static WrongRules<Mean> wrong() {
    using enum WrongRule<Mean>::Mode;
    return {{"forgets to divide", vjp, 0,
             [](const Mean& op, const RuleContext& c) { return spread(c.cot(), op.axes, c.meta(0).shape); }},
            {"divides by the number of results", vjp, 0,
             [](const Mean& op, const RuleContext& c) {
               return spread(c.cot() / std::max(1.0, static_cast<double>(c.cot().numel())), op.axes, c.meta(0).shape);
             }},
            {"sums instead of averaging", jvp, 0,
             [](const Mean& op, const RuleContext& c) { return sum(c.tan(), op.axes); }}};
  }
};

/// Along the last axis, dy/dx_i is the product of all other elements.
struct Prod {
  static constexpr auto name = "prod";
  static constexpr auto formula = R"(y = \prod_i x_i)";

  Tensor forward(const Tensor& x) const { return prod(x, -1); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return spread(dy, -1, x.shape()) * products_of_others(x); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return sum(dx * products_of_others(x), -1); }

  std::array<Tensor, 1> vjp_all(Mask<1>, Cot dy, Arg<0> x) const {
    return {mul(unsqueeze(dy.value(), -1), exclusive_prod(x.value()))};
  }

  /// \f$ \prod_{j \ne i} x_j \f$ for each i, by halves and without a division: the others of an element are those of
  /// its pair, times its partner. The pairs are half as many, so all levels together hold 2 n elements. An odd one is
  /// paired with 1. In the compute type, so that f16 is rounded once.
  static Variable products_of_others(const Variable& x) {
    return cast(others_of(cast(x, compute_dtype(x.dtype()))), x.dtype());
  }
  static Variable others_of(const Variable& x) {
    const i64 n = x.size(-1), half = (n + 1) / 2;
    if (n < 2) return Variable(ones_like(x.value()));
    Shape one = x.shape();
    one[one.rank() - 1] = 1;
    const Variable first = slice(x, -1, {0, half});
    Variable second = slice(x, -1, {half, n});
    if (2 * half > n) second = concat({second, Variable(ones(one, x.dtype(), x.device()))}, -1);
    const Variable of_pairs = others_of(first * second);
    const Variable all = concat({of_pairs * second, of_pairs * first}, -1);
    return 2 * half > n ? slice(all, -1, {0, n}) : all;
  }

  static Samples<Prod> samples() {
    Draw draw(name);
    const Tensor one_zero = tensor({{2, 0, -3}, {1, 5, 7}}, Dtype::f64), two_zeros = tensor({{0, 3, 0}}, Dtype::f64);
    return {{"", {}, {draw.normal({3, 4})}},        {"#vector", {}, {draw.normal({5})}},
            {"#single", {}, {draw.normal({2, 1})}}, {"#one_zero", {}, {one_zero}},
            {"#two_zeros", {}, {two_zeros}},        {"#empty", {}, {draw.normal({2, 0})}}};
  }
  static WrongRules<Prod> wrong() {
    using enum WrongRule<Prod>::Mode;
    return {
        {"the product of all instead of the others", vjp, 0,
         [](const Prod&, const RuleContext& c) { return spread(c.cot() * c.res(), -1, c.meta(0).shape); }},
        {"divides the product by x, which fails at 0", vjp, 0,
         [](const Prod&, const RuleContext& c) { return spread(c.cot() * c.res(), -1, c.meta(0).shape) / c.arg(0); }},
        {"drops the cotangent", vjp, 0, [](const Prod&, const RuleContext& c) { return products_of_others(c.arg(0)); }},
        {"multiplies the tangents", jvp, 0, [](const Prod&, const RuleContext& c) { return prod(c.tan(), -1); }}};
  }
};

Variable sum(const Variable& x, const Axes& axes, bool keep_dims) {
  const Shape kept = kept_dims("sum", axes, x.shape());
  if (!is_floating(x.dtype())) return Variable(sum(x.value(), axes, keep_dims));
  const Variable y = sum_to(x, kept);
  return keep_dims ? y : reshape(y, without_dims("sum", axes, x.shape()));
}

Variable mean(const Variable& x, const Axes& axes, bool keep_dims) {
  return with_dims("mean", apply(Mean{axes}, to_float(x)), axes, x.shape(), keep_dims);
}

Variable prod(const Variable& x, const Axes& axes, bool keep_dims) {
  if (!is_floating(x.dtype())) return Variable(prod(x.value(), axes, keep_dims));
  const Dims over = normalize_axes("prod", axes, x.shape());
  std::vector<int> order;  // the reduced axes last
  for (const bool is_reduced : {false, true}) {
    for (int axis = 0; axis < x.rank(); ++axis) {
      if ((std::find(over.begin(), over.end(), axis) != over.end()) == is_reduced) order.push_back(axis);
    }
  }
  const Shape left = without_dims("prod", axes, x.shape());
  const Shape flat = left.with_inserted(left.rank(), reduced_count(axes, x.shape()));
  const Variable y = apply(Prod{}, reshape(permute(x, Axes(std::span<const int>(order))), flat));
  return with_dims("prod", y, axes, x.shape(), keep_dims);
}

template const OpEntry& entry_of<Mean>();
template const OpEntry& entry_of<Prod>();

}  // namespace cadena
