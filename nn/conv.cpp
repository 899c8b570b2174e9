#include "nn/conv.h"

#include <cmath>

#include "autograd/conv.h"
#include "nn/init.h"
#include "tensor/base/error.h"

namespace cadena::nn {
namespace {

void check_extents(const char* what, i64 in, i64 out, Pair kernel, i64 groups) {
  if (kernel.h < 1 || kernel.w < 1) fail<ValueError>(what, ": the kernel is ", kernel, ", expected at least 1");
  if (in < 1 || out < 1 || groups < 1 || in % groups != 0 || out % groups != 0) {
    fail<ValueError>(what, ": ", in, " and ", out, " channels cannot be cut into ", groups, " groups");
  }
}

/// Throws unless x is (n, channels) and as many axes more as there are kernel axes.
void check_input(const Layer& layer, const Variable& x, i64 channels, int kernel_axes) {
  if (x.rank() != 2 + kernel_axes || x.size(1) != channels) {
    fail<ShapeError>(layer.description(), ": expected (n, ", channels, kernel_axes == 1 ? ", l)" : ", h, w)",
                     ", got shape ", x.shape());
  }
}

Tensor bias_for(Generator& generator, const Tensor& weight, i64 out) {
  const i64 fan_in = weight.numel() / weight.size(0);
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  return uniform(generator, {out}, -bound, bound);
}

/// "Conv2d(3, 16, kernel (3, 3), padding (1, 1))": what is as usual is left out.
template <class Options, class Extent>
std::string describe(const char* name, i64 in, i64 out, Extent kernel, const Options& options) {
  const Options usual;
  std::string text = concat(name, "(", in, ", ", out, ", kernel ", kernel);
  if (options.stride != usual.stride) text += concat(", stride ", options.stride);
  if (options.padding != usual.padding) text += concat(", padding ", options.padding);
  if (options.dilation != usual.dilation) text += concat(", dilation ", options.dilation);
  if (options.groups != usual.groups) text += concat(", groups ", options.groups);
  return text + ")";
}

}  // namespace

Conv2d::Conv2d(i64 in, i64 out, Pair kernel, Generator& generator, const ConvOptions& options, bool bias)
    : options_(options) {
  check_extents("Conv2d", in, out, kernel, options.groups);
  weight_ = add_parameter("weight", fan_in_uniform(generator, {out, in / options.groups, kernel.h, kernel.w}));
  if (bias) bias_ = add_parameter("bias", bias_for(generator, weight_.value(), out));
}

Variable Conv2d::forward(const Variable& x) {
  check_input(*this, x, weight_.size(1) * options_.groups, 2);
  return bias_.defined() ? conv2d(x, weight_, bias_, options_) : conv2d(x, weight_, options_);
}

std::string Conv2d::description() const {
  return describe("Conv2d", weight_.size(1) * options_.groups, weight_.size(0), Pair(weight_.size(2), weight_.size(3)),
                  options_);
}

Conv1d::Conv1d(i64 in, i64 out, i64 kernel, Generator& generator, const Conv1dOptions& options, bool bias)
    : options_(options) {
  check_extents("Conv1d", in, out, kernel, options.groups);
  weight_ = add_parameter("weight", fan_in_uniform(generator, {out, in / options.groups, kernel}));
  if (bias) bias_ = add_parameter("bias", bias_for(generator, weight_.value(), out));
}

Variable Conv1d::forward(const Variable& x) {
  check_input(*this, x, weight_.size(1) * options_.groups, 1);
  return bias_.defined() ? conv1d(x, weight_, bias_, options_) : conv1d(x, weight_, options_);
}

std::string Conv1d::description() const {
  return describe("Conv1d", weight_.size(1) * options_.groups, weight_.size(0), weight_.size(2), options_);
}

ConvTranspose2d::ConvTranspose2d(i64 in, i64 out, Pair kernel, Generator& generator, const ConvOptions& options,
                                 Pair output_padding, bool bias)
    : options_(options), output_padding_(output_padding) {
  check_extents("ConvTranspose2d", in, out, kernel, options.groups);
  weight_ = add_parameter("weight", fan_in_uniform(generator, {in, out / options.groups, kernel.h, kernel.w}));
  if (bias) bias_ = add_parameter("bias", bias_for(generator, weight_.value(), out));
}

Variable ConvTranspose2d::forward(const Variable& x) {
  check_input(*this, x, weight_.size(0), 2);
  return bias_.defined() ? conv_transpose2d(x, weight_, bias_, options_, output_padding_)
                         : conv_transpose2d(x, weight_, options_, output_padding_);
}

std::string ConvTranspose2d::description() const {
  return describe("ConvTranspose2d", weight_.size(0), weight_.size(1) * options_.groups,
                  Pair(weight_.size(2), weight_.size(3)), options_);
}

}  // namespace cadena::nn
