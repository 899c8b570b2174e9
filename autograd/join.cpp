#include "autograd/join.h"

#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/join_plan.h"
#include "tensor/views.h"

namespace cadena {

/// Each part flows to its place in y; what flows back to it is read from there.
struct Concat {
  static constexpr auto name = "concat";
  static constexpr auto formula = R"(y = (x_1, \dots, x_n))";
  int axis;

  Tensor forward(std::span<const Tensor> parts) const { return concat(parts, axis); }

  Variable vjp(WrtAny i, Cot dy, ArgMetas parts) const { return slice(dy, axis, place(parts, i.index)); }
  Variable jvp(WrtAny i, Tan<-1> dx, ArgMetas parts) const {
    Shape whole = dx.shape();
    const int at = normalize_axis(name, axis, whole);
    whole[at] = *place(parts, static_cast<int>(parts.size()) - 1).stop;
    return unslice(dx, whole, axis, place(parts, i.index));
  }
  Variable jvp_all(Tans dx, ArgMetas parts) const {
    std::vector<Variable> tangents(dx.begin(), dx.end());
    for (std::size_t i = 0; i < tangents.size(); ++i) {
      const Meta& x = parts[i];
      if (!tangents[i].defined()) tangents[i] = Variable(broadcast_to(zeros({}, x.dtype, x.device), x.shape));
    }
    return concat(tangents, axis);
  }

  /// Where part number `index` lies in y.
  Range place(const ArgMetas& parts, int index) const {
    i64 start = 0;
    for (int i = 0;; ++i) {
      const Shape& shape = parts[static_cast<std::size_t>(i)].shape;
      const i64 extent = shape[normalize_axis(name, axis, shape)];
      if (i == index) return {start, start + extent};
      start += extent;
    }
  }

  static Samples<Concat> samples() {
    Draw draw(name);
    return {{"axis=0", {0}, {draw.normal({2, 2}), draw.normal({1, 2}), draw.normal({2, 2})}},
            {"axis=-1", {-1}, {draw.normal({2, 3}), draw.normal({2, 0}), draw.normal({2, 1})}},
            {"axis=0 #one", {0}, {draw.normal({3})}}};
  }
  static WrongRules<Concat> wrong() {
    using enum WrongRule<Concat>::Mode;
    return {{"reads the last part for the first", vjp, 0,
             [](const Concat& op, const RuleContext& c) {
               const i64 extent = c.arg_metas[0].shape[normalize_axis(name, op.axis, c.arg_metas[0].shape)];
               return slice(c.cot(), op.axis, {.start = -extent});
             }},
            {"reads the part backwards", vjp, 0, [](const Concat& op, const RuleContext& c) {
               const i64 extent = c.arg_metas[0].shape[normalize_axis(name, op.axis, c.arg_metas[0].shape)];
               return flip(slice(c.cot(), op.axis, {0, extent}), op.axis);
             }}};
  }
};

/// The parts together are x, so the cotangents together are x's.
struct Split {
  static constexpr auto name = "split";
  static constexpr auto formula = R"((y_1, \dots, y_n) = x)";
  Dims sizes;
  int axis;

  std::vector<Tensor> forward(const Tensor& x) const { return split(x, sizes, axis); }

  Variable vjp(Wrt<0>, Cots dy) const { return concat(dy, axis); }
  std::vector<Variable> jvp(Wrt<0>, Tan<0> dx) const { return split(dx, sizes, axis); }

  static Samples<Split> samples() {
    Draw draw(name);
    return {{"sizes=(2, 1, 2), axis=0", {{2, 1, 2}, 0}, {draw.normal({5, 2})}},
            {"sizes=(0, 3), axis=-1", {{0, 3}, -1}, {draw.normal({2, 3})}}};
  }
  static WrongRules<Split> wrong() {
    using enum WrongRule<Split>::Mode;
    return {{"joins the parts in reverse order", vjp, 0,
             [](const Split& op, const RuleContext& c) {
               std::vector<Variable> parts;
               for (int k = op.sizes.rank() - 1; k >= 0; --k) parts.push_back(c.cot(k));
               return concat(parts, op.axis);
             }},
            {"forgets all parts but the first", vjp, 0,
             [](const Split& op, const RuleContext& c) {
               return unslice(c.cot(), c.meta(0).shape, op.axis, {0, op.sizes[0]});
             }},
            {"reads the first part at the end", jvp, 0,
             [](const Split& op, const RuleContext& c) { return slice(c.tan(), op.axis, {.start = -op.sizes[0]}); }}};
  }
};

/// The parts together are x, so the cotangents together are x's.
struct Unbind {
  static constexpr auto name = "unbind";
  static constexpr auto formula = R"((y_1, \dots, y_n) = x)";
  int axis;

  std::vector<Tensor> forward(const Tensor& x) const { return unbind(x, axis); }

  Variable vjp(Wrt<0>, Cots dy) const { return stack(dy, axis); }
  std::vector<Variable> jvp(Wrt<0>, Tan<0> dx) const { return unbind(dx, axis); }

  static Samples<Unbind> samples() {
    Draw draw(name);
    return {{"axis=0", {0}, {draw.normal({3, 2})}}, {"axis=-1", {-1}, {draw.normal({2, 2, 2})}}};
  }
  static WrongRules<Unbind> wrong() {
    using enum WrongRule<Unbind>::Mode;
    return {{"stacks along the wrong axis", vjp, 0,
             [](const Unbind& op, const RuleContext& c) {
               std::vector<Variable> parts;
               for (int k = 0; k < static_cast<int>(c.cotangents.size()); ++k) parts.push_back(c.cot(k));
               return reshape(stack(parts, op.axis == 0 ? -1 : 0), c.meta(0).shape);
             }},
            {"stacks in reverse order", vjp, 0,
             [](const Unbind& op, const RuleContext& c) {
               std::vector<Variable> parts;
               for (int k = static_cast<int>(c.cotangents.size()) - 1; k >= 0; --k) parts.push_back(c.cot(k));
               return stack(parts, op.axis);
             }},
            {"takes the last part for the first", jvp, 0,
             [](const Unbind& op, const RuleContext& c) { return select(c.tan(), op.axis, -1); }}};
  }
};

/// x in the middle of a constant: what flows back is read from the middle, and the frame does not move.
struct Pad {
  static constexpr auto name = "pad";
  static constexpr auto formula = R"(y_{a + i} = x_i,\ c\ \text{elsewhere})";
  Dims before;
  Dims after;
  Number value;

  Tensor forward(const Tensor& x) const { return pad(x, before, after, value); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const { return middle(dy, before, x.shape); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return pad(dx, before, after); }

  /// The part of y of the given shape that starts at `start`.
  static Variable middle(Variable y, const Dims& start, const Shape& shape) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (y.shape()[axis] != shape[axis]) y = slice(y, axis, {start[axis], start[axis] + shape[axis]});
    }
    return y;
  }

  static Samples<Pad> samples() {
    Draw draw(name);
    return {{"before=(1, 0), after=(0, 2), value=3", {{1, 0}, {0, 2}, 3}, {draw.normal({2, 3})}},
            {"before=(0, 2), after=(0, 1), value=0", {{0, 2}, {0, 1}, 0}, {draw.normal({2, 2})}},
            {"before=(1,), after=(1,), value=-0.5", {{1}, {1}, -0.5}, {draw.normal({0})}}};
  }
  static WrongRules<Pad> wrong() {
    using enum WrongRule<Pad>::Mode;
    return {{"takes before for after", vjp, 0,
             [](const Pad& op, const RuleContext& c) { return middle(c.cot(), op.after, c.meta(0).shape); }},
            {"keeps the constant in the tangent", jvp, 0,
             [](const Pad& op, const RuleContext& c) { return pad(c.tan(), op.before, op.after, op.value); }}};
  }
};

Variable concat(std::span<const Variable> parts, int axis) {
  if (parts.empty()) fail<ShapeError>("concat: expected at least one variable");
  Dtype dtype = parts[0].dtype();
  for (const Variable& part : parts) dtype = promote(dtype, part.dtype());
  std::vector<Variable> same;
  for (const Variable& part : parts) same.push_back(cast(part, dtype));
  return cadena::apply(Concat{axis}, std::span<const Variable>(same));
}

Variable concat(std::initializer_list<Variable> parts, int axis) {
  return concat(std::span(parts.begin(), parts.size()), axis);
}

Variable stack(std::span<const Variable> parts, int axis) {
  return concat(std::span<const Variable>(detail::thin_parts(parts, axis)), axis);
}

Variable stack(std::initializer_list<Variable> parts, int axis) {
  return stack(std::span(parts.begin(), parts.size()), axis);
}

std::vector<Variable> split(const Variable& x, const Dims& sizes, int axis) { return apply(Split{sizes, axis}, x); }

std::vector<Variable> chunk(const Variable& x, i64 count, int axis) {
  axis = normalize_axis("chunk", axis, x.shape());
  return split(x, chunk_sizes(x.shape()[axis], count), axis);
}

std::vector<Variable> unbind(const Variable& x, int axis) { return apply(Unbind{axis}, x); }

Variable tile(const Variable& x, const Dims& counts) { return detail::tile_by(x, counts); }

Variable repeat(const Variable& x, i64 count, int axis) { return detail::repeat_by(x, count, axis); }

Variable roll(const Variable& x, i64 shift, int axis) { return detail::roll_by(x, shift, axis); }

Variable pad(const Variable& x, const Dims& before, const Dims& after, Number value) {
  return apply(Pad{before, after, value}, x);
}

template const OpEntry& entry_of<Concat>();
template const OpEntry& entry_of<Split>();
template const OpEntry& entry_of<Unbind>();
template const OpEntry& entry_of<Pad>();

}  // namespace cadena
