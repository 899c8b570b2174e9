#include "autograd/views.h"

#include <vector>

#include "autograd/arithmetic.h"
#include "autograd/define_op.h"
#include "autograd/join.h"
#include "autograd/triangular.h"
#include "tensor/copy.h"
#include "tensor/factories.h"

namespace cadena {

/// The elements keep their order, so cotangents and tangents only change shape.
struct Reshape {
  static constexpr auto name = "reshape";
  static constexpr auto formula = R"(y = \mathrm{reshape}(x))";
  Shape shape;

  Tensor forward(const Tensor& x) const { return reshape(x, shape); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const { return reshape(dy, x.shape); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return reshape(dx, shape); }

  static Samples<Reshape> samples() {
    Draw draw(name);
    return {{"shape=(3, 2)", {{3, 2}}, {draw.normal({2, 3})}},
            {"shape=(-1,)", {{-1}}, {draw.normal({2, 1, 2})}},
            {"shape=(0, 5)", {{0, 5}}, {draw.normal({2, 0})}}};
  }
  static WrongRules<Reshape> wrong() {
    using enum WrongRule<Reshape>::Mode;
    return {{"reads the cotangent in reverse order", vjp, 0, [](const Reshape&, const RuleContext& c) {
               return reshape(Variable(flip(c.cot().value())), c.meta(0).shape);
             }}};
  }
};

/// y's axis i is x's axis order[i]; the inverse permutation leads back.
struct Permute {
  static constexpr auto name = "permute";
  static constexpr auto formula = R"(y_{i_{\pi(1)} \dots i_{\pi(n)}} = x_{i_1 \dots i_n})";
  Axes order;

  Tensor forward(const Tensor& x) const { return permute(x, order); }

  Variable vjp(Wrt<0>, Cot dy) const { return permute(dy, inverse()); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return permute(dx, order); }

  Axes inverse() const {
    std::vector<int> back(static_cast<std::size_t>(order.count()));
    for (int i = 0; i < order.count(); ++i)
      back[static_cast<std::size_t>(order[i] < 0 ? order[i] + order.count() : order[i])] = i;
    return Axes(std::span<const int>(back));
  }

  static Samples<Permute> samples() {
    Draw draw(name);
    return {{"order=(2, 0, 1)", {{2, 0, 1}}, {draw.normal({2, 3, 4})}},
            {"order=(-1, 0, 1)", {{-1, 0, 1}}, {draw.normal({2, 2, 2})}},
            {"order=(1, 0)", {{1, 0}}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Permute> wrong() {
    using enum WrongRule<Permute>::Mode;
    return {{"the permutation itself instead of its inverse", vjp, 0, [](const Permute& op, const RuleContext& c) {
               return reshape(permute(c.cot(), op.order), c.meta(0).shape);
             }}};
  }
};

/// y reads a part of x. What flows back to x is dy in that part and zero elsewhere; it is added there in place.
struct Slice {
  static constexpr auto name = "slice";
  static constexpr auto formula = R"(y_i = x_{a + s i})";
  int axis;
  Range range;

  Tensor forward(const Tensor& x) const { return slice(x, axis, range); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const { return unslice(dy, x.shape, axis, range); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return slice(dx, axis, range); }
  void vjp_into(Into into, Cot dy) const {
    add_into(slice(into.buffer, axis, range), cast(dy.value(), into.buffer.dtype()));
  }

  static Samples<Slice> samples() {
    Draw draw(name);
    return {{"axis=1, start=1, stop=3", {1, Range{1, 3}}, {draw.normal({2, 4, 2})}},
            {"axis=0, start=-1, step=-2", {0, Range{.start = -1, .step = -2}}, {draw.normal({5, 2})}},
            {"axis=0, stop=4, step=3", {0, Range{.stop = 4, .step = 3}}, {draw.normal({6})}},
            {"axis=-1, start=2, stop=2", {-1, Range{2, 2}}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Slice> wrong() {
    using enum WrongRule<Slice>::Mode;
    return {{"forgets where the slice starts", vjp, 0,
             [](const Slice& op, const RuleContext& c) {
               return unslice(c.cot(), c.meta(0).shape, op.axis, {0, c.cot().size(op.axis)});
             }},
            {"walks the wrong way", vjp, 0, [](const Slice& op, const RuleContext& c) {
               return unslice(flip(c.cot(), op.axis), c.meta(0).shape, op.axis, op.range);
             }}};
  }
};

/// The adjoint of Slice.
struct Unslice {
  static constexpr auto name = "unslice";
  static constexpr auto formula = R"(y_{a + s i} = x_i,\ 0\ \text{elsewhere})";
  Shape shape;
  int axis;
  Range range;

  Tensor forward(const Tensor& x) const {
    const Tensor y = zeros(shape, x.dtype(), x.device());
    copy_into(slice(y, axis, range), x);
    return y;
  }

  Variable vjp(Wrt<0>, Cot dy) const { return slice(dy, axis, range); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return unslice(dx, shape, axis, range); }

  static Samples<Unslice> samples() {
    Draw draw(name);
    return {{"shape=(2, 4), axis=1, start=1, stop=3", {{2, 4}, 1, Range{1, 3}}, {draw.normal({2, 2})}},
            {"shape=(5, 2), axis=0, step=-2", {{5, 2}, 0, Range{.step = -2}}, {draw.normal({3, 2})}}};
  }
  static WrongRules<Unslice> wrong() {
    using enum WrongRule<Unslice>::Mode;
    return {{"reads the slice backwards", vjp, 0,
             [](const Unslice& op, const RuleContext& c) { return flip(slice(c.cot(), op.axis, op.range), op.axis); }},
            {"reads from the start of the axis", vjp, 0, [](const Unslice& op, const RuleContext& c) {
               return slice(c.cot(), op.axis, {0, c.meta(0).shape[op.axis]});
             }}};
  }
};

/// Reversing twice restores, and the inverse of a permutation is its adjoint.
struct Flip {
  static constexpr auto name = "flip";
  static constexpr auto formula = R"(y_i = x_{n - 1 - i})";
  Axes axes;

  Tensor forward(const Tensor& x) const { return flip(x, axes); }

  Variable vjp(Wrt<0>, Cot dy) const { return flip(dy, axes); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return flip(dx, axes); }

  static Samples<Flip> samples() {
    Draw draw(name);
    return {{"axes=(0, -1)", {{0, -1}}, {draw.normal({2, 3, 2})}},
            {"axes=1", {1}, {draw.normal({2, 3})}},
            {"axes=()", {{}}, {draw.normal({2, 2})}}};
  }
  static WrongRules<Flip> wrong() {
    using enum WrongRule<Flip>::Mode;
    return {{"keeps the order", vjp, 0, [](const Flip&, const RuleContext& c) { return c.cot(); }},
            {"reverses every axis", jvp, 0, [](const Flip&, const RuleContext& c) { return flip(c.tan()); }}};
  }
};

/// y_i = x_{i, i + k}. The adjoint puts dy back on the diagonal of a matrix of zeros.
struct Diagonal {
  static constexpr auto name = "diagonal";
  static constexpr auto formula = R"(y_i = x_{i, i + k})";
  i64 offset;

  Tensor forward(const Tensor& x) const { return diagonal(x, offset); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const { return resized(diag_embed(dy, offset), x.shape); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return diagonal(dx, offset); }
  void vjp_into(Into into, Cot dy) const {
    add_into(diagonal(into.buffer, offset), cast(dy.value(), into.buffer.dtype()));
  }

  /// A square matrix cut or filled up with zeros at its end, to the last two extents of `shape`.
  static Variable resized(Variable x, const Shape& shape) {
    Shape missing = Shape::filled(shape.rank(), 0);
    for (int axis = shape.rank() - 2; axis < shape.rank(); ++axis) {
      if (x.shape()[axis] > shape[axis]) x = slice(x, axis, {0, shape[axis]});
      missing[axis] = shape[axis] - x.shape()[axis];
    }
    return missing == Shape::filled(shape.rank(), 0) ? x : pad(x, Shape::filled(shape.rank(), 0), missing);
  }

  static Samples<Diagonal> samples() {
    Draw draw(name);
    return {{"offset=0", {0}, {draw.normal({2, 3, 3})}},
            {"offset=1", {1}, {draw.normal({2, 4})}},
            {"offset=-2", {-2}, {draw.normal({4, 3})}},
            {"offset=3", {3}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Diagonal> wrong() {
    using enum WrongRule<Diagonal>::Mode;
    return {{"the diagonal on the other side", vjp, 0,
             [](const Diagonal& op, const RuleContext& c) {
               return resized(diag_embed(c.cot(), -op.offset), c.meta(0).shape);
             }},
            {"forgets the offset", vjp, 0,
             [](const Diagonal&, const RuleContext& c) { return resized(diag_embed(c.cot()), c.meta(0).shape); }}};
  }
};

Variable reshape(const Variable& x, const Shape& shape) { return apply(Reshape{shape}, x); }

Variable permute(const Variable& x, const Axes& order) { return apply(Permute{order}, x); }

Variable transpose(const Variable& x, int axis_a, int axis_b) {
  std::vector<int> order(static_cast<std::size_t>(x.rank()));
  for (int i = 0; i < x.rank(); ++i) order[static_cast<std::size_t>(i)] = i;
  std::swap(order[static_cast<std::size_t>(normalize_axis("transpose", axis_a, x.shape()))],
            order[static_cast<std::size_t>(normalize_axis("transpose", axis_b, x.shape()))]);
  return permute(x, Axes(std::span<const int>(order)));
}

Variable slice(const Variable& x, int axis, const Range& range) { return apply(Slice{axis, range}, x); }

Variable select(const Variable& x, int axis, i64 index) {
  const Shape shape = select(x.value(), axis, index).shape();  // throws where the index is out of range
  const Variable thin = slice(x, axis, {index, index == -1 ? std::nullopt : std::optional<i64>(index + 1)});
  return reshape(thin, shape);
}

Variable squeeze(const Variable& x) { return reshape(x, squeeze(x.value()).shape()); }
Variable squeeze(const Variable& x, int axis) { return reshape(x, squeeze(x.value(), axis).shape()); }
Variable unsqueeze(const Variable& x, int axis) { return reshape(x, unsqueeze(x.value(), axis).shape()); }

Variable flip(const Variable& x, const Axes& axes) { return apply(Flip{axes}, x); }

Variable diagonal(const Variable& x, i64 offset) { return apply(Diagonal{offset}, x); }

Variable unslice(const Variable& x, const Shape& shape, int axis, const Range& range) {
  return apply(Unslice{shape, axis, range}, x);
}

template const OpEntry& entry_of<Reshape>();
template const OpEntry& entry_of<Permute>();
template const OpEntry& entry_of<Slice>();
template const OpEntry& entry_of<Unslice>();
template const OpEntry& entry_of<Flip>();
template const OpEntry& entry_of<Diagonal>();

}  // namespace cadena
