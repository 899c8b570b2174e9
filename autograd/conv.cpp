#include "autograd/conv.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/join.h"
#include "autograd/reduce.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/conv_plan.h"

namespace cadena {
namespace {

Pair image_of(const Shape& shape) { return {shape[2], shape[3]}; }

/// w with its kernels upside down and back to front: what a convolution in the mathematician's sense would use.
Variable flipped(const Variable& w) { return Variable(flip(w.value(), {2, 3})); }
/// w with its output channels in the wrong order.
Variable shuffled(const Variable& w) { return Variable(flip(w.value(), 0)); }

struct ConvSample {
  const char* label;
  Shape x, w, y;
  ConvOptions options;
};

/// Stride, padding, dilation and groups, each away from its default and uneven in the two directions.
const ConvSample kSamples[] = {{"", {2, 2, 4, 3}, {3, 2, 2, 2}, {2, 3, 3, 2}, {}},
                               {"stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2",
                                {1, 4, 5, 4},
                                {2, 2, 3, 2},
                                {1, 2, 3, 2},
                                {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2}},
                               {"stride=2, padding=1, groups=2 #depthwise",
                                {2, 2, 4, 4},
                                {2, 1, 3, 3},
                                {2, 2, 2, 2},
                                {.stride = 2, .padding = 1, .groups = 2}}};

/// "size=(4, 3), " and the like before the label of a sample.
std::string labelled(const char* key, Pair value, const char* rest) {
  return concat(key, "=", value, *rest == '\0' ? "" : ", ", rest);
}

}  // namespace

/// y = x * w is linear in both: with T(dy, x, w) = <dy, x * w>, the derivatives are the x- and the w-part of T.
struct Conv2d {
  static constexpr auto name = "conv2d";
  static constexpr auto formula = R"(y = x * w)";
  ConvOptions options;

  Tensor forward(const Tensor& x, const Tensor& w) const { return conv2d(x, w, options); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x, Arg<1> w) const { return conv2d_input(dy, w, image_of(x.shape), options); }
  Variable vjp(Wrt<1>, Cot dy, Arg<0> x, ArgMeta<1> w) const {
    return conv2d_weight(dy, x, image_of(w.shape), options);
  }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<1> w) const { return conv2d(dx, w, options); }
  Variable jvp(Wrt<1>, Tan<1> dw, Arg<0> x) const { return conv2d(x, dw, options); }

  static Samples<Conv2d> samples() {
    Draw draw(name);
    Samples<Conv2d> list;
    for (const ConvSample& s : kSamples) list.push_back({s.label, {s.options}, {draw.normal(s.x), draw.normal(s.w)}});
    list.push_back({"#empty", {}, {draw.normal({0, 1, 2, 2}), draw.normal({1, 1, 2, 2})}});
    return list;
  }
  static WrongRules<Conv2d> wrong() {
    using enum WrongRule<Conv2d>::Mode;
    return {{"flips the kernel", vjp, 0,
             [](const Conv2d& op, const RuleContext& c) {
               return conv2d_input(c.cot(), flipped(c.arg(1)), image_of(c.meta(0).shape), op.options);
             }},
            {"output channels in the wrong order", vjp, 0,
             [](const Conv2d& op, const RuleContext& c) {
               return conv2d_input(c.cot(), shuffled(c.arg(1)), image_of(c.meta(0).shape), op.options);
             }},
            {"flips the image", vjp, 1,
             [](const Conv2d& op, const RuleContext& c) {
               return conv2d_weight(c.cot(), flipped(c.arg(0)), image_of(c.meta(1).shape), op.options);
             }},
            {"flips the gradient", vjp, 1, [](const Conv2d& op, const RuleContext& c) {
               return flipped(conv2d_weight(c.cot(), c.arg(0), image_of(c.meta(1).shape), op.options));
             }}};
  }
};

/// The same with b (o,) added to every position of its channel while the product is in cache.
struct Conv2dBias {
  static constexpr auto name = "conv2d_bias";
  static constexpr auto formula = R"(y = x * w + b)";
  ConvOptions options;

  Tensor forward(const Tensor& x, const Tensor& w, const Tensor& b) const { return conv2d(x, w, b, options); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x, Arg<1> w) const { return conv2d_input(dy, w, image_of(x.shape), options); }
  Variable vjp(Wrt<1>, Cot dy, Arg<0> x, ArgMeta<1> w) const {
    return conv2d_weight(dy, x, image_of(w.shape), options);
  }
  Variable vjp(Wrt<2>, Cot dy) const { return sum(dy, {0, 2, 3}); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<1> w) const { return conv2d(dx, w, options); }
  Variable jvp(Wrt<1>, Tan<1> dw, Arg<0> x) const { return conv2d(x, dw, options); }
  Variable jvp(Wrt<2>, Tan<2> db, ArgMeta<0> x, ArgMeta<1> w) const {
    const Pair out = detail::conv_size(name, image_of(x.shape), image_of(w.shape), options);
    return broadcast_to(per_channel(db), {x.shape[0], w.shape[0], out.h, out.w});
  }

  /// b (o,) as (o, 1, 1), which broadcasts over images.
  static Variable per_channel(const Variable& b) { return reshape(b, {b.size(0), 1, 1}); }

  static Samples<Conv2dBias> samples() {
    Draw draw(name);
    Samples<Conv2dBias> list;
    for (const ConvSample& s : kSamples) {
      list.push_back({s.label, {s.options}, {draw.normal(s.x), draw.normal(s.w), draw.normal({s.w[0]})}});
    }
    return list;
  }
  static WrongRules<Conv2dBias> wrong() {
    using enum WrongRule<Conv2dBias>::Mode;
    return {{"flips the kernel", vjp, 0,
             [](const Conv2dBias& op, const RuleContext& c) {
               return conv2d_input(c.cot(), flipped(c.arg(1)), image_of(c.meta(0).shape), op.options);
             }},
            {"flips the image", vjp, 1,
             [](const Conv2dBias& op, const RuleContext& c) {
               return conv2d_weight(c.cot(), flipped(c.arg(0)), image_of(c.meta(1).shape), op.options);
             }},
            {"the mean over the batch instead of its sum", vjp, 2,
             [](const Conv2dBias&, const RuleContext& c) {
               return sum(mean(c.cot(), 0), {1, 2});
             }},
            {"forgets the other rows of the image", vjp, 2,
             [](const Conv2dBias&, const RuleContext& c) {
               return sum(slice(c.cot(), 2, {0, 1}), {0, 2, 3});
             }},
            {"the bias in y", jvp, 1, [](const Conv2dBias& op, const RuleContext& c) {
               return conv2d(c.arg(0), c.tan(), c.arg(2), op.options);
             }}};
  }
};

/// The x-part of T(dy, x, w), linear in dy and w.
struct Conv2dInput {
  static constexpr auto name = "conv2d_input";
  static constexpr auto formula = R"(\langle y, x \rangle = \langle dy, x * w \rangle)";
  Pair size;
  ConvOptions options;

  Tensor forward(const Tensor& dy, const Tensor& w) const { return conv2d_input(dy, w, size, options); }

  Variable vjp(Wrt<0>, Cot x, Arg<1> w) const { return conv2d(x, w, options); }
  Variable vjp(Wrt<1>, Cot x, Arg<0> dy, ArgMeta<1> w) const {
    return conv2d_weight(dy, x, image_of(w.shape), options);
  }
  Variable jvp(Wrt<0>, Tan<0> t, Arg<1> w) const { return conv2d_input(t, w, size, options); }
  Variable jvp(Wrt<1>, Tan<1> t, Arg<0> dy) const { return conv2d_input(dy, t, size, options); }

  static Samples<Conv2dInput> samples() {
    Draw draw(name);
    Samples<Conv2dInput> list;
    for (const ConvSample& s : kSamples) {
      list.push_back(
          {labelled("size", image_of(s.x), s.label), {image_of(s.x), s.options}, {draw.normal(s.y), draw.normal(s.w)}});
    }
    return list;
  }
  static WrongRules<Conv2dInput> wrong() {
    using enum WrongRule<Conv2dInput>::Mode;
    return {
        {"flips the kernel", vjp, 0,
         [](const Conv2dInput& op, const RuleContext& c) { return conv2d(c.cot(), flipped(c.arg(1)), op.options); }},
        {"flips the cotangent", vjp, 1,
         [](const Conv2dInput& op, const RuleContext& c) {
           return conv2d_weight(c.arg(0), flipped(c.cot()), image_of(c.meta(1).shape), op.options);
         }},
        {"flips the tangent", jvp, 1, [](const Conv2dInput& op, const RuleContext& c) {
           return conv2d_input(c.arg(0), flipped(c.tan()), op.size, op.options);
         }}};
  }
};

/// The w-part of T(dy, x, w), linear in dy and x.
struct Conv2dWeight {
  static constexpr auto name = "conv2d_weight";
  static constexpr auto formula = R"(\langle y, w \rangle = \langle dy, x * w \rangle)";
  Pair kernel;
  ConvOptions options;

  Tensor forward(const Tensor& dy, const Tensor& x) const { return conv2d_weight(dy, x, kernel, options); }

  Variable vjp(Wrt<0>, Cot w, Arg<1> x) const { return conv2d(x, w, options); }
  Variable vjp(Wrt<1>, Cot w, Arg<0> dy, ArgMeta<1> x) const { return conv2d_input(dy, w, image_of(x.shape), options); }
  Variable jvp(Wrt<0>, Tan<0> t, Arg<1> x) const { return conv2d_weight(t, x, kernel, options); }
  Variable jvp(Wrt<1>, Tan<1> t, Arg<0> dy) const { return conv2d_weight(dy, t, kernel, options); }

  static Samples<Conv2dWeight> samples() {
    Draw draw(name);
    Samples<Conv2dWeight> list;
    for (const ConvSample& s : kSamples) {
      list.push_back({labelled("kernel", image_of(s.w), s.label),
                      {image_of(s.w), s.options},
                      {draw.normal(s.y), draw.normal(s.x)}});
    }
    return list;
  }
  static WrongRules<Conv2dWeight> wrong() {
    using enum WrongRule<Conv2dWeight>::Mode;
    return {
        {"flips the image", vjp, 0,
         [](const Conv2dWeight& op, const RuleContext& c) { return conv2d(flipped(c.arg(1)), c.cot(), op.options); }},
        {"flips the cotangent", vjp, 1,
         [](const Conv2dWeight& op, const RuleContext& c) {
           return conv2d_input(c.arg(0), flipped(c.cot()), image_of(c.meta(1).shape), op.options);
         }},
        {"output channels in the wrong order", vjp, 0,
         [](const Conv2dWeight& op, const RuleContext& c) { return conv2d(c.arg(1), shuffled(c.cot()), op.options); }}};
  }
};

namespace {

/// Both operands of a product in one floating dtype.
std::pair<Variable, Variable> meet(const Variable& a, const Variable& b) {
  const Dtype dtype = floating_dtype(promote(a.dtype(), b.dtype()));
  return {cast(a, dtype), cast(b, dtype)};
}

/// y (n, o, h, w) plus b (o,) in every position.
Variable add_bias(const char* op, const Variable& y, const Variable& b) {
  if (b.shape() != Shape{y.size(1)}) {
    fail<ShapeError>(op, ": expected a bias of shape ", Shape{y.size(1)}, ", got ", b.shape());
  }
  return y + cast(reshape(b, {b.size(0), 1, 1}), y.dtype());
}

Variable without_axis(const Variable& x, int axis) { return reshape(x, x.shape().without(axis)); }
Variable with_axis(const Variable& x, int axis) { return reshape(x, x.shape().with_inserted(axis, 1)); }

/// x (n, c, l) and w (o, c / groups, k) as images of height 1. Throws naming `conv1d` what `conv2d` would throw.
std::pair<Variable, Variable> with_height(const Variable& x, const Variable& w, const Tensor& b,
                                          const ConvOptions& options) {
  if (x.rank() != 3 || w.rank() != 3) {
    fail<ShapeError>("conv1d: expected two operands of rank 3: ", x.shape(), " * ", w.shape());
  }
  const Variable image = with_axis(x, 2), kernel = with_axis(w, 2);
  detail::conv_size("conv1d", image.value(), kernel.value(), b, options);
  return {image, kernel};
}

}  // namespace

Variable conv2d(const Variable& x, const Variable& w, const ConvOptions& options) {
  const auto [input, weight] = meet(x, w);
  return apply(Conv2d{options}, input, weight);
}
Variable conv2d(const Variable& x, const Variable& w, const Variable& b, const ConvOptions& options) {
  const auto [input, weight] = meet(x, w);
  return apply(Conv2dBias{options}, input, weight, cast(b, input.dtype()));
}

Variable conv2d_input(const Variable& dy, const Variable& w, Pair size, const ConvOptions& options) {
  const auto [cotangent, weight] = meet(dy, w);
  return apply(Conv2dInput{size, options}, cotangent, weight);
}

Variable conv2d_weight(const Variable& dy, const Variable& x, Pair kernel, const ConvOptions& options) {
  const auto [cotangent, input] = meet(dy, x);
  return apply(Conv2dWeight{kernel, options}, cotangent, input);
}

Variable conv_transpose2d(const Variable& x, const Variable& w, const ConvOptions& options, Pair output_padding) {
  if (x.rank() != 4 || w.rank() != 4) {
    fail<ShapeError>("conv_transpose2d: expected two operands of rank 4: ", x.shape(), " * ", w.shape());
  }
  const Pair size = conv_transpose2d_size(image_of(x.shape()), image_of(w.shape()), options, output_padding);
  return detail::transposed_conv2d(x, w, size, options, output_padding);
}
Variable conv_transpose2d(const Variable& x, const Variable& w, const Variable& b, const ConvOptions& options,
                          Pair output_padding) {
  return add_bias("conv_transpose2d", conv_transpose2d(x, w, options, output_padding), b);
}

Variable conv1d(const Variable& x, const Variable& w, const Conv1dOptions& options) {
  const auto [image, kernel] = with_height(x, w, Tensor(), options.flat());
  return without_axis(conv2d(image, kernel, options.flat()), 2);
}
Variable conv1d(const Variable& x, const Variable& w, const Variable& b, const Conv1dOptions& options) {
  const auto [image, kernel] = with_height(x, w, b.value(), options.flat());
  return without_axis(conv2d(image, kernel, b, options.flat()), 2);
}

template const OpEntry& entry_of<Conv2d>();
template const OpEntry& entry_of<Conv2dBias>();
template const OpEntry& entry_of<Conv2dInput>();
template const OpEntry& entry_of<Conv2dWeight>();

}  // namespace cadena
