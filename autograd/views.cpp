#include "autograd/views.h"

#include <vector>

#include "autograd/arithmetic.h"
#include "autograd/define_op.h"

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

Variable reshape(const Variable& x, const Shape& shape) { return apply(Reshape{shape}, x); }

Variable permute(const Variable& x, const Axes& order) { return apply(Permute{order}, x); }

Variable transpose(const Variable& x, int axis_a, int axis_b) {
  std::vector<int> order(static_cast<std::size_t>(x.rank()));
  for (int i = 0; i < x.rank(); ++i) order[static_cast<std::size_t>(i)] = i;
  std::swap(order[static_cast<std::size_t>(normalize_axis("transpose", axis_a, x.shape()))],
            order[static_cast<std::size_t>(normalize_axis("transpose", axis_b, x.shape()))]);
  return permute(x, Axes(std::span<const int>(order)));
}

template const OpEntry& entry_of<Reshape>();
template const OpEntry& entry_of<Permute>();

}  // namespace cadena
