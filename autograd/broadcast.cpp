#include "autograd/broadcast.h"

#include "autograd/arithmetic.h"
#include "autograd/define_op.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

namespace cadena {

/// y repeats x, so what flows back to an element of x is the sum over its copies.
struct BroadcastTo {
  static constexpr auto name = "broadcast_to";
  static constexpr auto formula = R"(y_{ij} = x_j)";
  Shape shape;

  Tensor forward(const Tensor& x) const { return broadcast_to(x, shape); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const { return sum_to(dy, x.shape); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return broadcast_to(dx, shape); }

  static Samples<BroadcastTo> samples() {
    Draw draw(name);
    return {{"shape=(2, 3)", {{2, 3}}, {draw.normal({3})}},
            {"shape=(2, 3, 4)", {{2, 3, 4}}, {draw.normal({3, 1})}},
            {"shape=(3,)", {{3}}, {draw.normal({})}},
            {"shape=(2, 0)", {{2, 0}}, {draw.normal({2, 1})}}};
  }
  static WrongRules<BroadcastTo> wrong() {
    using enum WrongRule<BroadcastTo>::Mode;
    return {{"averages the copies instead of adding them", vjp, 0, [](const BroadcastTo&, const RuleContext& c) {
               const Variable sum = sum_to(c.cot(), c.meta(0).shape);
               return c.cot().numel() == 0
                          ? sum
                          : sum * (static_cast<double>(sum.numel()) / static_cast<double>(c.cot().numel()));
             }}};
  }
};

/// The adjoint of BroadcastTo.
struct SumTo {
  static constexpr auto name = "sum_to";
  static constexpr auto formula = R"(y_j = \sum_i x_{ij})";
  Shape shape;

  Tensor forward(const Tensor& x) const { return sum_to(x, shape); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const { return broadcast_to(dy, x.shape); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return sum_to(dx, shape); }

  static Samples<SumTo> samples() {
    Draw draw(name);
    return {{"shape=(3,)", {{3}}, {draw.normal({2, 3})}},
            {"shape=(2, 1)", {{2, 1}}, {draw.normal({2, 3})}},
            {"shape=()", {{}}, {draw.normal({4})}},
            {"shape=(1, 3)", {{1, 3}}, {draw.normal({0, 3})}}};
  }
  static WrongRules<SumTo> wrong() {
    using enum WrongRule<SumTo>::Mode;
    return {{"gives the cotangent to the first of the summed elements only", vjp, 0,
             [](const SumTo&, const RuleContext& c) {
               Variable wide = broadcast_to(c.cot(), c.meta(0).shape);
               const Tensor mask = copy(broadcast_to(wide.value(), wide.shape()));
               fill(mask, 0);
               if (mask.numel() > 0) fill(as_strided(mask, {}, {}, 0), 1);
               return wide * Variable(mask);
             }}};
  }
};

/// Rounding to another dtype is treated as the identity: cotangent and tangent are cast like the value.
struct Cast {
  static constexpr auto name = "cast";
  static constexpr auto formula = R"(y = x)";
  Dtype dtype;

  Tensor forward(const Tensor& x) const { return cast(x, dtype); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const { return cast(dy, x.dtype); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return cast(dx, dtype); }

  static Samples<Cast> samples() {
    Draw draw(name);
    return {{"dtype='f64'", {Dtype::f64}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Cast> wrong() {
    using enum WrongRule<Cast>::Mode;
    return {{"cuts the graph", vjp, 0, [](const Cast&, const RuleContext& c) { return c.cot() * 0; }}};
  }
};

Variable broadcast_to(const Variable& x, const Shape& shape) {
  return x.shape() == shape ? x : apply(BroadcastTo{shape}, x);
}

Variable sum_to(const Variable& x, const Shape& shape) { return x.shape() == shape ? x : apply(SumTo{shape}, x); }

Variable cast(const Variable& x, Dtype dtype) {
  if (x.dtype() == dtype) return x;
  if (!is_floating(dtype)) return Variable(cast(x.value(), dtype));  // integers carry no gradient
  return apply(Cast{dtype}, x);
}

namespace {

std::pair<Variable, Variable> align_as(const char* op, const Variable& a, const Variable& b, Dtype dtype) {
  if (a.device() != b.device()) fail<DeviceError>(op, ": devices differ: ", a.device(), " and ", b.device());
  if (a.shape() == b.shape()) return {cast(a, dtype), cast(b, dtype)};
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  return {broadcast_to(cast(a, dtype), shape), broadcast_to(cast(b, dtype), shape)};
}

}  // namespace

std::pair<Variable, Variable> align(const char* op, const Variable& a, const Variable& b) {
  return align_as(op, a, b, promote(a.dtype(), b.dtype()));
}

std::pair<Variable, Variable> align_float(const char* op, const Variable& a, const Variable& b) {
  return align_as(op, a, b, floating_dtype(promote(a.dtype(), b.dtype())));
}

Variable to_float(const Variable& x) { return cast(x, floating_dtype(x.dtype())); }

template const OpEntry& entry_of<BroadcastTo>();
template const OpEntry& entry_of<SumTo>();
template const OpEntry& entry_of<Cast>();

}  // namespace cadena
