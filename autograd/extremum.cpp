#include "autograd/extremum.h"

#include "autograd/arithmetic.h"
#include "autograd/define_op.h"
#include "autograd/reduce.h"
#include "autograd/reduction.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/copy.h"
#include "tensor/extremum.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// The part of the gradient that each element takes: 1 / (number of elements that equal the extremum y), 0 elsewhere.
/// It does not change while x moves a little, so it is a constant.
Variable shares(const char* op, const Variable& x, const Variable& y, const Axes& axes) {
  const Tensor extremum = reshape(y.value(), kept_dims(op, axes, x.shape()));
  const Tensor hits = cast(eq(x.value(), extremum), compute_dtype(x.dtype()));  // f16 could not count them
  return Variable(cast(div(hits, sum(hits, axes, true)), x.dtype()));
}

/// Both have dy = sum of shares dx.
Variable pull(const char* op, const Variable& dy, const Variable& x, const Variable& y, const Axes& axes) {
  return spread(dy, axes, x.shape()) * shares(op, x, y, axes);
}
Variable push(const char* op, const Variable& dx, const Variable& x, const Variable& y, const Axes& axes) {
  return sum(shares(op, x, y, axes) * dx, axes);
}

template <class Op>
Samples<Op> extremum_samples() {
  Draw draw(Op::name);
  return {{"axes=()", {Axes()}, {draw.distinct({2, 3})}},
          {"axes=(0, 2)", {Axes{0, 2}}, {draw.distinct({2, 3, 4})}},
          {"axes=(-1,)", {Axes(-1)}, {draw.distinct({3, 1})}},
          {"axes=(1,)", {Axes(1)}, {draw.distinct({0, 3})}}};
}

template <class Op>
WrongRules<Op> extremum_wrong() {
  constexpr auto vjp = WrongRule<Op>::Mode::vjp, jvp = WrongRule<Op>::Mode::jvp;
  return {{"every element takes the gradient", vjp, 0,
           [](const Op& op, const RuleContext& c) { return spread(c.cot(), op.axes, c.meta(0).shape); }},
          {"sums all tangents", jvp, 0, [](const Op& op, const RuleContext& c) { return sum(c.tan(), op.axes); }},
          {"the other extremum takes the gradient", vjp, 0, [](const Op& op, const RuleContext& c) {
             return pull(Op::name, c.cot(), c.arg(0), Variable(Op::opposite(c.arg(0).value(), op.axes)), op.axes);
           }}};
}

}  // namespace

/// The largest elements share the gradient.
struct Max {
  static constexpr auto name = "max";
  static constexpr auto formula = R"(y = \max_i x_i)";
  Axes axes;

  Tensor forward(const Tensor& x) const { return max(x, axes); }
  static Tensor opposite(const Tensor& x, const Axes& over) { return min(x, over); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x, Res<> y) const { return pull(name, dy, x, y, axes); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Res<> y) const { return push(name, dx, x, y, axes); }

  static Samples<Max> samples() { return extremum_samples<Max>(); }
  static WrongRules<Max> wrong() { return extremum_wrong<Max>(); }
};

/// The smallest elements share the gradient.
struct Min {
  static constexpr auto name = "min";
  static constexpr auto formula = R"(y = \min_i x_i)";
  Axes axes;

  Tensor forward(const Tensor& x) const { return min(x, axes); }
  static Tensor opposite(const Tensor& x, const Axes& over) { return max(x, over); }

  Variable vjp(Wrt<0>, Cot dy, Arg<0> x, Res<> y) const { return pull(name, dy, x, y, axes); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x, Res<> y) const { return push(name, dx, x, y, axes); }

  static Samples<Min> samples() { return extremum_samples<Min>(); }
  static WrongRules<Min> wrong() { return extremum_wrong<Min>(); }
};

Variable max(const Variable& x, const Axes& axes, bool keep_dims) {
  return with_dims("max", apply(Max{axes}, x), axes, x.shape(), keep_dims);
}

Variable min(const Variable& x, const Axes& axes, bool keep_dims) {
  return with_dims("min", apply(Min{axes}, x), axes, x.shape(), keep_dims);
}

template const OpEntry& entry_of<Max>();
template const OpEntry& entry_of<Min>();

}  // namespace cadena
