#include "tensor/cross_entropy.h"

#include "cuda/kernels/cross_entropy.h"
#include "tensor/base/error.h"
#include "tensor/binary.h"
#include "tensor/copy.h"
#include "tensor/cpu/cross_entropy.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// The class axis moved to the end, the order of the others kept: rows then follow the order of the targets.
Tensor classes_last(const Tensor& x, int axis) {
  std::vector<int> order;
  for (int i = 0; i < x.rank(); ++i) {
    if (i != axis) order.push_back(i);
  }
  order.push_back(axis);
  return permute(x, Axes(std::span<const int>(order)));
}

}  // namespace

CrossEntropy cross_entropy(const Tensor& logits, const Tensor& targets, int axis, i64 ignore_index,
                           double label_smoothing) {
  axis = normalize_axis("cross_entropy", axis, logits.shape());
  const Shape rows = logits.shape().without(axis);
  if (targets.dtype() != Dtype::i64) {
    fail<DtypeError>("cross_entropy: targets are class indices and must be i64, got ", targets.dtype());
  }
  if (targets.shape() != rows) {
    fail<ShapeError>("cross_entropy: logits ", logits.shape(), " with classes along axis ", axis, " need targets ",
                     rows, ", got ", targets.shape());
  }
  if (targets.device() != logits.device()) {
    fail<DeviceError>("cross_entropy: devices differ: ", logits.device(), " and ", targets.device());
  }
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    fail<ValueError>("cross_entropy: label_smoothing = ", label_smoothing, " is outside [0, 1]");
  }
  const Tensor real = to_float(logits);
  const CrossEntropy y{empty(rows, real.dtype(), real.device()),
                       empty(rows, compute_dtype(real.dtype()), real.device())};
  on(logits.device(), cpu::cross_entropy, cuda::cross_entropy)(y.loss, y.lse, classes_last(real, axis),
                                                               contiguous(targets), ignore_index, label_smoothing);
  return y;
}

Tensor cross_entropy_backward(const Tensor& dy, const Tensor& logits, const Tensor& targets, const Tensor& lse,
                              int axis, i64 ignore_index, double label_smoothing) {
  axis = normalize_axis("cross_entropy", axis, logits.shape());
  const Tensor dz = empty_like(logits);
  on(logits.device(), cpu::cross_entropy_backward, cuda::cross_entropy_backward)(
      classes_last(dz, axis), contiguous(dy), classes_last(logits, axis), contiguous(targets), contiguous(lse),
      ignore_index, label_smoothing);
  return dz;
}

}  // namespace cadena
