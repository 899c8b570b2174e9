#include "nn/linear.h"

#include <cmath>

#include "autograd/linear.h"
#include "nn/init.h"
#include "tensor/base/error.h"

namespace cadena::nn {

Linear::Linear(i64 in, i64 out, Generator& generator, bool bias) {
  if (in < 1 || out < 1) fail<ValueError>("Linear: expected positive widths, got ", in, " and ", out);
  weight_ = add_parameter("weight", fan_in_uniform(generator, {out, in}));
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  if (bias) bias_ = add_parameter("bias", uniform(generator, {out}, -bound, bound));
}

Variable Linear::forward(const Variable& x) {
  const i64 in = weight_.size(1);
  if (x.rank() == 0 || x.size(-1) != in) {
    fail<ShapeError>(description(), ": expected (…, ", in, "), got shape ", x.shape());
  }
  return bias_.defined() ? linear(x, weight_, bias_) : linear(x, weight_);
}

std::string Linear::description() const {
  return concat("Linear(", weight_.size(1), ", ", weight_.size(0), bias_.defined() ? ")" : ", no bias)");
}

}  // namespace cadena::nn
