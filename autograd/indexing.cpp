#include "autograd/indexing.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/index_plan.h"
#include "tensor/views.h"

namespace cadena {
namespace {

Variable zeros_of(const Meta& x) { return Variable(zeros(x.shape, x.dtype, x.device)); }

/// Indices 0, 1, 0, -1, …: with repeats and a negative one.
Tensor repeating(const Shape& shape) {
  Tensor index = empty(shape, Dtype::i64);
  for (i64 i = 0; i < index.numel(); ++i) index.mutable_data<i64>()[i] = i % 4 == 3 ? -1 : i % 2;
  return index;
}

Tensor mask(Draw& draw, const Shape& shape) { return cast(draw.integers(shape, 0, 2), Dtype::boolean); }

/// True for the elements of a `scatter` that a later one overwrites: reading back gives the winner's position.
Tensor overwritten(const Shape& x, const Tensor& index, int axis) {
  axis = normalize_axis("scatter", axis, x);
  Shape along = Shape::filled(x.rank(), 1);
  along[axis] = index.shape()[axis];
  const Tensor position =
      broadcast_to(reshape(arange(0, along[axis], 1, Dtype::i64, index.device()), along), index.shape());
  const Tensor written = scatter(zeros(x, Dtype::i64, index.device()), index, position, axis);
  return cast(sub(gather(written, index, axis), position), Dtype::boolean);
}

}  // namespace

/// y_k = x_{I_k}. What flows back to an element of x is the sum over the places that read it.
struct IndexSelect {
  static constexpr auto name = "index_select";
  static constexpr auto formula = R"(y_k = x_{I_k})";
  using constants = Constant<1>;
  int axis;

  Tensor forward(const Tensor& x, const Tensor& index) const { return index_select(x, index, axis); }

  Variable vjp(Wrt<0>, Cot dy, Arg<1> index, ArgMeta<0> x) const {
    return index_add(zeros_of(x), index.value(), dy, axis);
  }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<1> index) const { return index_select(dx, index.value(), axis); }
  void vjp_into(Into into, Cot dy, Arg<1> index) const {
    index_add_into(into.buffer, index.value(), cast(dy.value(), into.buffer.dtype()), axis);
  }

  static Samples<IndexSelect> samples() {
    Draw draw(name);
    return {{"axis=0", {0}, {draw.normal({3, 2}), repeating({5})}},
            {"axis=-1", {-1}, {draw.normal({2, 2, 3}), repeating({2, 2})}},
            {"axis=1", {1}, {draw.normal({2, 3}), repeating({})}},
            {"axis=0 #none", {0}, {draw.normal({2, 2}), repeating({0})}}};
  }
  static WrongRules<IndexSelect> wrong() {
    using enum WrongRule<IndexSelect>::Mode;
    return {{"the last of several readers wins", vjp, 0,
             [](const IndexSelect& op, const RuleContext& c) {
               Variable dx = zeros_of(c.meta(0));
               const Tensor at = c.arg(1).value();
               if (at.rank() != 1) return index_add(dx, at, c.cot(), op.axis);
               for (i64 k = 0; k < at.numel(); ++k) {
                 const Tensor one = slice(at, 0, {k, k + 1});
                 const Variable u = slice(c.cot(), op.axis, {k, k + 1});
                 dx = index_add(dx, one, u - index_select(dx, one, op.axis), op.axis);
               }
               return dx;
             }},
            {"ignores the index", vjp, 0,
             [](const IndexSelect& op, const RuleContext& c) {
               return index_add(zeros_of(c.meta(0)), zeros_like(c.arg(1).value()), c.cot(), op.axis);
             }},
            {"reads the first elements", jvp, 0, [](const IndexSelect& op, const RuleContext& c) {
               return index_select(c.tan(), zeros_like(c.arg(1).value()), op.axis);
             }}};
  }
};

/// The adjoint of IndexSelect in its source; x passes through.
struct IndexAdd {
  static constexpr auto name = "index_add";
  static constexpr auto formula = R"(y_j = x_j + \sum_{k: I_k = j} s_k)";
  using constants = Constant<1>;
  int axis;

  Tensor forward(const Tensor& x, const Tensor& index, const Tensor& source) const {
    return index_add(x, index, source, axis);
  }

  Variable vjp(Wrt<0>, Cot dy) const { return dy; }
  Variable vjp(Wrt<2>, Cot dy, Arg<1> index) const { return index_select(dy, index.value(), axis); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx; }
  Variable jvp(Wrt<2>, Tan<2> ds, Arg<1> index, ArgMeta<0> x) const {
    return index_add(zeros_of(x), index.value(), ds, axis);
  }

  static Samples<IndexAdd> samples() {
    Draw draw(name);
    return {{"axis=0", {0}, {draw.normal({3, 2}), repeating({5}), draw.normal({5, 2})}},
            {"axis=1", {1}, {draw.normal({2, 3}), repeating({2, 2}), draw.normal({2, 2, 2})}}};
  }
  static WrongRules<IndexAdd> wrong() {
    using enum WrongRule<IndexAdd>::Mode;
    return {{"x is overwritten where it is added to", vjp, 0,
             [](const IndexAdd& op, const RuleContext& c) {
               const Variable read = index_select(c.cot(), c.arg(1).value(), op.axis);
               return index_add(c.cot(), c.arg(1).value(), -read, op.axis);
             }},
            {"takes the cotangent of every source from the first element", vjp, 2,
             [](const IndexAdd& op, const RuleContext& c) {
               return index_select(c.cot(), zeros_like(c.arg(1).value()), op.axis);
             }}};
  }
};

/// y_{ij} = x_{I_{ij} j}. As IndexSelect, with an index for every element.
struct Gather {
  static constexpr auto name = "gather";
  static constexpr auto formula = R"(y_{ij} = x_{I_{ij} j})";
  using constants = Constant<1>;
  int axis;

  Tensor forward(const Tensor& x, const Tensor& index) const { return gather(x, index, axis); }

  Variable vjp(Wrt<0>, Cot dy, Arg<1> index, ArgMeta<0> x) const {
    return scatter_add(zeros_of(x), index.value(), dy, axis);
  }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<1> index) const { return gather(dx, index.value(), axis); }
  void vjp_into(Into into, Cot dy, Arg<1> index) const {
    scatter_add_into(into.buffer, index.value(), cast(dy.value(), into.buffer.dtype()), axis);
  }

  static Samples<Gather> samples() {
    Draw draw(name);
    return {{"axis=0", {0}, {draw.normal({3, 2}), repeating({5, 2})}},
            {"axis=1", {1}, {draw.normal({2, 3, 2}), repeating({2, 1, 2})}},
            {"axis=-1", {-1}, {draw.normal({3}), repeating({4})}}};
  }
  static WrongRules<Gather> wrong() {
    using enum WrongRule<Gather>::Mode;
    return {{"the last of several readers wins", vjp, 0,
             [](const Gather& op, const RuleContext& c) {
               return scatter(zeros_of(c.meta(0)), c.arg(1).value(), c.cot(), op.axis);
             }},
            {"ignores the index", vjp, 0, [](const Gather& op, const RuleContext& c) {
               return scatter_add(zeros_of(c.meta(0)), zeros_like(c.arg(1).value()), c.cot(), op.axis);
             }}};
  }
};

/// y = x but y_{I_{ij} j} = s_{ij}; of several sources the last one wins. What was overwritten, in x or in the source,
/// has no influence, so nothing flows back to it.
struct Scatter {
  static constexpr auto name = "scatter";
  static constexpr auto formula = R"(y_{I_{ij} j} = s_{ij},\ x\ \text{elsewhere})";
  using constants = Constant<1>;
  int axis;

  Tensor forward(const Tensor& x, const Tensor& index, const Tensor& source) const {
    return scatter(x, index, source, axis);
  }

  Variable vjp(Wrt<0>, Cot dy, Arg<1> index) const { return without(dy, index.value()); }
  Variable vjp(Wrt<2>, Cot dy, Arg<1> index) const {
    return masked_fill(gather(dy, index.value(), axis), overwritten(dy.shape(), index.value(), axis), 0);
  }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<1> index) const { return without(dx, index.value()); }
  Variable jvp(Wrt<2>, Tan<2> ds, Arg<1> index, ArgMeta<0> x) const {
    return scatter(zeros_of(x), index.value(), ds, axis);
  }

  /// u with zeros at the index.
  Variable without(const Variable& u, const Tensor& index) const {
    return scatter(u, index, Variable(zeros(index.shape(), u.dtype(), u.device())), axis);
  }

  static Samples<Scatter> samples() {
    Draw draw(name);
    return {{"axis=0", {0}, {draw.normal({4, 2}), repeating({3, 2}), draw.normal({3, 2})}},
            {"axis=-1", {-1}, {draw.normal({2, 3}), repeating({2, 4}), draw.normal({2, 4})}}};
  }
  static WrongRules<Scatter> wrong() {
    using enum WrongRule<Scatter>::Mode;
    return {
        {"lets the overwritten elements of x through", vjp, 0,
         [](const Scatter&, const RuleContext& c) { return c.cot(); }},
        {"adds the source instead of writing it", jvp, 0, [](const Scatter&, const RuleContext& c) { return c.tan(); }},
        {"forgets that of sources that meet the last one wins", vjp, 2,
         [](const Scatter& op, const RuleContext& c) { return gather(c.cot(), c.arg(1).value(), op.axis); }},
        {"takes the cotangent of every source from the first element", vjp, 2,
         [](const Scatter& op, const RuleContext& c) {
           return gather(c.cot(), zeros_like(c.arg(1).value()), op.axis);
         }}};
  }
};

/// The adjoint of Gather in its source; x passes through.
struct ScatterAdd {
  static constexpr auto name = "scatter_add";
  static constexpr auto formula = R"(y_{kj} = x_{kj} + \sum_{i: I_{ij} = k} s_{ij})";
  using constants = Constant<1>;
  int axis;

  Tensor forward(const Tensor& x, const Tensor& index, const Tensor& source) const {
    return scatter_add(x, index, source, axis);
  }

  Variable vjp(Wrt<0>, Cot dy) const { return dy; }
  Variable vjp(Wrt<2>, Cot dy, Arg<1> index) const { return gather(dy, index.value(), axis); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx; }
  Variable jvp(Wrt<2>, Tan<2> ds, Arg<1> index, ArgMeta<0> x) const {
    return scatter_add(zeros_of(x), index.value(), ds, axis);
  }

  static Samples<ScatterAdd> samples() {
    Draw draw(name);
    return {{"axis=0", {0}, {draw.normal({3, 2}), repeating({5, 2}), draw.normal({5, 2})}},
            {"axis=1", {1}, {draw.normal({2, 3}), repeating({2, 4}), draw.normal({2, 4})}}};
  }
  static WrongRules<ScatterAdd> wrong() {
    using enum WrongRule<ScatterAdd>::Mode;
    return {{"of sources that meet only the last one counts", jvp, 2,
             [](const ScatterAdd& op, const RuleContext& c) {
               return scatter(zeros_of(c.meta(0)), c.arg(1).value(), c.tan(), op.axis);
             }},
            {"x is overwritten where it is added to", vjp, 0, [](const ScatterAdd& op, const RuleContext& c) {
               return scatter(c.cot(), c.arg(1).value(), gather(c.cot(), c.arg(1).value(), op.axis) * 0, op.axis);
             }}};
  }
};

/// A projection on the elements that the mask leaves: linear up to the constant, and its own adjoint.
struct MaskedFill {
  static constexpr auto name = "masked_fill";
  static constexpr auto formula = R"(y_i = m_i \mathbin{?} c : x_i)";
  using constants = Constant<1>;
  Number value;

  Tensor forward(const Tensor& x, const Tensor& mask) const { return masked_fill(x, mask, value); }

  Variable vjp(Wrt<0>, Cot dy, Arg<1> mask) const { return masked_fill(dy, mask.value(), 0); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<1> mask) const { return masked_fill(dx, mask.value(), 0); }

  static Samples<MaskedFill> samples() {
    Draw draw(name);
    return {{"value=-2.5", {-2.5}, {draw.normal({2, 3}), mask(draw, {2, 3})}},
            {"value=1", {1}, {draw.normal({2, 3, 2}), mask(draw, {3, 1})}}};
  }
  static WrongRules<MaskedFill> wrong() {
    using enum WrongRule<MaskedFill>::Mode;
    return {
        {"lets everything through", vjp, 0, [](const MaskedFill&, const RuleContext& c) { return c.cot(); }},
        {"lets the masked elements through", vjp, 0,
         [](const MaskedFill&, const RuleContext& c) { return c.cot() - masked_fill(c.cot(), c.arg(1).value(), 0); }},
        {"keeps the constant in the tangent", jvp, 0,
         [](const MaskedFill& op, const RuleContext& c) { return masked_fill(c.tan(), c.arg(1).value(), op.value); }}};
  }
};

Variable index_select(const Variable& x, const Tensor& index, int axis) {
  return apply(IndexSelect{axis}, x, Variable(index));
}

Variable index_add(const Variable& x, const Tensor& index, const Variable& source, int axis) {
  return apply(IndexAdd{axis}, x, Variable(index), source);
}

Variable embedding(const Variable& table, const Tensor& index) {
  if (table.rank() != 2) fail<ShapeError>("embedding: table has shape ", table.shape(), ", expected (n, d)");
  check_rows("embedding", index, table.size(0));
  return index_select(table, index, 0);
}

Variable gather(const Variable& x, const Tensor& index, int axis) { return apply(Gather{axis}, x, Variable(index)); }

Variable scatter(const Variable& x, const Tensor& index, const Variable& source, int axis) {
  return apply(Scatter{axis}, x, Variable(index), source);
}

Variable scatter_add(const Variable& x, const Tensor& index, const Variable& source, int axis) {
  return apply(ScatterAdd{axis}, x, Variable(index), source);
}

Variable take(const Variable& x, const Tensor& index) {
  detail::check_take(x.value(), index);
  return index_select(reshape(x, {x.numel()}), index, 0);
}

Variable masked_select(const Variable& x, const Tensor& mask) {
  const Shape shape = broadcast_shapes("masked_select", x.shape(), mask.shape());
  const Tensor position = reshape(arange(0, shape.numel(), 1, Dtype::i64, mask.device()), shape);
  return take(broadcast_to(x, shape), masked_select(position, mask));
}

Variable masked_fill(const Variable& x, const Tensor& mask, Number value) {
  return apply(MaskedFill{value}, x, Variable(mask));
}

template const OpEntry& entry_of<IndexSelect>();
template const OpEntry& entry_of<IndexAdd>();
template const OpEntry& entry_of<Gather>();
template const OpEntry& entry_of<Scatter>();
template const OpEntry& entry_of<ScatterAdd>();
template const OpEntry& entry_of<MaskedFill>();

}  // namespace cadena
