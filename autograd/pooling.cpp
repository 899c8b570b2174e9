#include "autograd/pooling.h"

#include "autograd/define_op.h"
#include "autograd/indexing.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

Pair image_of(const char* op, const Variable& x) {
  if (x.rank() < 2) fail<ShapeError>(op, ": expected images (…, h, w), got shape ", x.shape());
  return {x.size(-2), x.size(-1)};
}

/// (…, h, w) -> (…, h w)
Shape flat(const Shape& shape) {
  const int last = shape.rank() - 1;
  Shape planes = shape.without(last);
  planes[last - 1] *= shape[last];
  return planes;
}

/// The windows, with every divisor 1.
Windows undivided(Windows windows) {
  for (Window& w : windows.rows) w.divisor = 1;
  for (Window& w : windows.columns) w.divisor = 1;
  return windows;
}

/// The windows, divided by the number of elements they cover.
Windows uncounted(Windows windows) {
  for (Window& w : windows.rows) w.divisor = w.end - w.begin;
  for (Window& w : windows.columns) w.divisor = w.end - w.begin;
  return windows;
}

const AvgPoolOptions kUneven{.stride = {2, 3}, .padding = {1, 0}};

}  // namespace

/// y_i = x[p_i]: reading at the positions p, whose adjoint adds at them. Overlapping windows may share a maximum.
struct MaxPool2d {
  static constexpr auto name = "max_pool2d";
  static constexpr auto formula = R"(y_{ij} = \max_{(k, l) \in W_{ij}} x_{kl})";
  using constant_outputs = Constant<1>;
  Windows windows;

  std::array<Tensor, 2> forward(const Tensor& x) const { return max_pool2d(x, windows); }

  Variable vjp(Wrt<0>, CotOf<0> dy, Res<1> positions, ArgMeta<0> x) const { return added_at(positions, dy, x); }
  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> dx, Res<1> positions) const {
    const Tensor at = reshape(positions.value(), flat(positions.shape()));
    return {reshape(gather(reshape(dx, flat(dx.shape())), at, -1), positions.shape()), Variable()};
  }

  static Variable added_at(const Variable& positions, const Variable& dy, const Meta& x) {
    const Tensor at = reshape(positions.value(), flat(positions.shape()));
    const Variable none(zeros(flat(x.shape), x.dtype, x.device));
    return reshape(scatter_add(none, at, reshape(dy, flat(dy.shape())), -1), x.shape);
  }

  static Samples<MaxPool2d> samples() {
    Draw draw(name);
    const MaxPoolOptions uneven{.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}};
    return {{"kernel=2", {max_pool2d_windows({4, 4}, 2, {})}, {draw.distinct({1, 2, 4, 4})}},
            {"kernel=(3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2)",
             {max_pool2d_windows({5, 4}, {3, 2}, uneven)},
             {draw.distinct({2, 5, 4})}},
            {"output_size=(2, 3)", {adaptive_windows(name, {3, 4}, {2, 3})}, {draw.distinct({1, 1, 3, 4})}},
            {"kernel=3, stride=2, padding=1, ceil_mode=True",
             {max_pool2d_windows({4, 6}, 3, {.stride = 2, .padding = 1, .ceil_mode = true})},
             {draw.distinct({1, 1, 4, 6})}}};
  }
  static WrongRules<MaxPool2d> wrong() {
    using enum WrongRule<MaxPool2d>::Mode;
    return {{"spreads the cotangent over the window", vjp, 0,
             [](const MaxPool2d& op, const RuleContext& c) {
               const Shape& in = c.meta(0).shape;
               return avg_pool2d_input(c.cot(0), {in[in.rank() - 2], in[in.rank() - 1]}, uncounted(op.windows));
             }},
            {"cotangents in the wrong order", vjp, 0,
             [](const MaxPool2d&, const RuleContext& c) {
               return added_at(c.res(1), Variable(flip(c.cot(0).value())), c.meta(0));
             }},
            {"the maximum of the tangent", jvp, 0, [](const MaxPool2d& op, const RuleContext& c) {
               return Variable(max_pool2d(c.tan().value(), op.windows)[0]);
             }}};
  }
};

/// The mean over windows is linear; its adjoint hands every output's share back to the elements of its window.
struct AvgPool2d {
  static constexpr auto name = "avg_pool2d";
  static constexpr auto formula = R"(y_{ij} = \frac1n \sum_{(k, l) \in W_{ij}} x_{kl})";
  Windows windows;

  Tensor forward(const Tensor& x) const { return avg_pool2d(x, windows); }

  Variable vjp(Wrt<0>, Cot dy, ArgMeta<0> x) const { return avg_pool2d_input(dy, in(x), windows); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return avg_pool2d(dx, windows); }

  static Pair in(const Meta& x) { return {x.shape[x.shape.rank() - 2], x.shape[x.shape.rank() - 1]}; }

  static Samples<AvgPool2d> samples() {
    Draw draw(name);
    return {{"kernel=2", {avg_pool2d_windows({4, 5}, 2, {})}, {draw.normal({1, 2, 4, 5})}},
            {"kernel=(3, 2), stride=(2, 3), padding=(1, 0)",
             {avg_pool2d_windows({5, 5}, {3, 2}, kUneven)},
             {draw.normal({2, 5, 5})}},
            {"kernel=3, stride=2, padding=1, count_include_pad=False",
             {avg_pool2d_windows({4, 4}, 3, {2, 1, false})},
             {draw.normal({1, 1, 4, 4})}},
            {"output_size=(2, 3)", {adaptive_windows(name, {3, 4}, {2, 3})}, {draw.normal({1, 1, 3, 4})}},
            {"kernel=3, stride=2, padding=1, ceil_mode=True",
             {avg_pool2d_windows({4, 6}, 3, {.stride = 2, .padding = 1, .ceil_mode = true})},
             {draw.normal({1, 1, 4, 6})}},
            {"kernel=3, stride=2, ceil_mode=True, count_include_pad=False",
             {avg_pool2d_windows({4, 6}, 3, {.stride = 2, .count_include_pad = false, .ceil_mode = true})},
             {draw.normal({1, 1, 4, 6})}}};
  }
  static WrongRules<AvgPool2d> wrong() {
    using enum WrongRule<AvgPool2d>::Mode;
    return {{"forgets to divide", vjp, 0,
             [](const AvgPool2d& op, const RuleContext& c) {
               return avg_pool2d_input(c.cot(), in(c.meta(0)), undivided(op.windows));
             }},
            {"does not count the padding", vjp, 0, [](const AvgPool2d& op, const RuleContext& c) {
               return avg_pool2d_input(c.cot(), in(c.meta(0)), uncounted(op.windows));
             }}};
  }
};

/// The adjoint of AvgPool2d, whose adjoint is AvgPool2d.
struct AvgPool2dInput {
  static constexpr auto name = "avg_pool2d_input";
  static constexpr auto formula = R"(\langle y, x \rangle = \langle dy, \mathrm{avg\_pool2d}(x) \rangle)";
  Pair in;
  Windows windows;

  Tensor forward(const Tensor& dy) const { return avg_pool2d_input(dy, in, windows); }

  Variable vjp(Wrt<0>, Cot u) const { return avg_pool2d(u, windows); }
  Variable jvp(Wrt<0>, Tan<0> t) const { return avg_pool2d_input(t, in, windows); }

  static Samples<AvgPool2dInput> samples() {
    Draw draw(name);
    return {{"size=(4, 5), kernel=2", {{4, 5}, avg_pool2d_windows({4, 5}, 2, {})}, {draw.normal({1, 2, 2, 2})}},
            {"size=(5, 5), kernel=(3, 2), stride=(2, 3), padding=(1, 0)",
             {{5, 5}, avg_pool2d_windows({5, 5}, {3, 2}, kUneven)},
             {draw.normal({2, 3, 2})}}};
  }
  static WrongRules<AvgPool2dInput> wrong() {
    using enum WrongRule<AvgPool2dInput>::Mode;
    return {{"forgets to divide", vjp, 0,
             [](const AvgPool2dInput& op, const RuleContext& c) { return avg_pool2d(c.cot(), undivided(op.windows)); }},
            {"does not count the padding", vjp, 0, [](const AvgPool2dInput& op, const RuleContext& c) {
               return avg_pool2d(c.cot(), uncounted(op.windows));
             }}};
  }
};

std::array<Variable, 2> max_pool2d(const Variable& x, Pair kernel, const MaxPoolOptions& options) {
  return apply(MaxPool2d{max_pool2d_windows(image_of("max_pool2d", x), kernel, options)}, x);
}

std::array<Variable, 2> adaptive_max_pool2d(const Variable& x, Pair out) {
  return apply(MaxPool2d{adaptive_windows("adaptive_max_pool2d", image_of("adaptive_max_pool2d", x), out)}, x);
}

Variable avg_pool2d(const Variable& x, const Windows& windows) { return apply(AvgPool2d{windows}, x); }

Variable avg_pool2d_input(const Variable& dy, Pair in, const Windows& windows) {
  return apply(AvgPool2dInput{in, windows}, dy);
}

Variable avg_pool2d(const Variable& x, Pair kernel, const AvgPoolOptions& options) {
  return avg_pool2d(x, avg_pool2d_windows(image_of("avg_pool2d", x), kernel, options));
}

Variable adaptive_avg_pool2d(const Variable& x, Pair out) {
  return avg_pool2d(x, adaptive_windows("adaptive_avg_pool2d", image_of("adaptive_avg_pool2d", x), out));
}

namespace {

/// (…, l) -> (…, 1, l) and back.
Variable with_height(const char* op, const Variable& x) {
  if (!is_floating(x.dtype())) fail_dtype(op, x.dtype(), "f32, f64, f16 or bf16");
  if (x.rank() < 1) fail<ShapeError>(op, ": expected (…, l), got shape ", x.shape());
  return reshape(x, x.shape().with_inserted(x.rank() - 1, 1));
}
Variable without_height(const Variable& x) { return reshape(x, x.shape().without(x.rank() - 2)); }

}  // namespace

std::array<Variable, 2> max_pool1d(const Variable& x, i64 kernel, i64 stride, i64 padding, i64 dilation,
                                   bool ceil_mode) {
  const Variable image = with_height("max_pool1d", x);
  const MaxPool2d op{max_pool1d_windows(image.size(-1), kernel, stride, padding, dilation, ceil_mode)};
  const auto [y, positions] = apply(op, image);
  return {without_height(y), without_height(positions)};
}

Variable avg_pool1d(const Variable& x, i64 kernel, i64 stride, i64 padding, bool count_include_pad, bool ceil_mode) {
  const Variable image = with_height("avg_pool1d", x);
  const Windows windows = avg_pool1d_windows(image.size(-1), kernel, stride, padding, count_include_pad, ceil_mode);
  return without_height(avg_pool2d(image, windows));
}

Variable adaptive_avg_pool1d(const Variable& x, i64 out) {
  const Variable image = with_height("adaptive_avg_pool1d", x);
  return without_height(avg_pool2d(image, adaptive_windows("adaptive_avg_pool1d", {1, image.size(-1)}, {1, out})));
}

template const OpEntry& entry_of<MaxPool2d>();
template const OpEntry& entry_of<AvgPool2d>();
template const OpEntry& entry_of<AvgPool2dInput>();

}  // namespace cadena
