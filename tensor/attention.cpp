#include "tensor/attention.h"

#include "cuda/kernels/attention.h"
#include "tensor/attention_plan.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/attention.h"
#include "tensor/exponential.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

constexpr const char* kOp = "scaled_dot_product_attention";

void check(const Tensor& q, const Tensor& k, const Tensor& v) {
  check_same(kOp, q, k);
  check_same(kOp, q, v);
  if (!is_floating(q.dtype())) fail<DtypeError>(kOp, ": expected a floating dtype, got ", q.dtype());
  bool fits = q.rank() >= 2 && k.rank() == q.rank() && v.rank() == q.rank();
  for (int axis = 0; fits && axis < q.rank() - 2; ++axis) {
    fits = q.size(axis) == k.size(axis) && q.size(axis) == v.size(axis);
  }
  if (!fits || q.size(-1) != k.size(-1) || k.size(-2) != v.size(-2)) {
    fail<ShapeError>(kOp, ": expected q (…, S, D), k (…, T, D), v (…, T, E), got ", q.shape(), ", ", k.shape(), ", ",
                     v.shape());
  }
}

/// The mask as a view of shape (…, S, T).
Tensor score_mask(const Tensor& mask, const Tensor& q, const Tensor& k) {
  Shape shape = q.shape();
  shape[q.rank() - 1] = k.size(-2);
  if (mask.defined() && mask.device() != q.device()) {
    fail<DeviceError>(kOp, ": devices differ: ", q.device(), " and ", mask.device());
  }
  const Tensor added = additive_mask(mask, q.dtype(), q.device());
  if (broadcast_shapes(kOp, added.shape(), shape) != shape) {
    fail<ShapeError>(kOp, ": mask ", added.shape(), " does not broadcast to the scores ", shape);
  }
  return broadcast_to(added, shape);
}

}  // namespace

Tensor additive_mask(const Tensor& mask, Dtype dtype, Device device) {
  if (!mask.defined()) return zeros({}, dtype, device);
  if (mask.dtype() == Dtype::i64) fail<DtypeError>(kOp, ": the mask is i64, expected bool or a floating dtype");
  if (mask.dtype() == Dtype::boolean) return log(cast(mask, dtype));  // ln 1 = 0 keeps a key, ln 0 hides it
  return cast(mask, dtype);
}

Attended scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                                      const AttentionOptions& options) {
  check(q, k, v);
  const Tensor added = score_mask(mask, q, k);
  Shape shape = q.shape();
  shape[q.rank() - 1] = v.size(-1);
  const Attended y{empty(shape, q.dtype(), q.device()),
                   empty(shape.without(q.rank() - 1), compute_dtype(q.dtype()), q.device())};
  on(q.device(), cpu::attention, cuda::attention)(y.out, y.lse, contiguous(q), contiguous(k), contiguous(v), added,
                                                  options.causal, detail::attention_scale(options, q.size(-1)));
  return y;
}

AttentionGradients attention_backward(const Tensor& dout, const Tensor& q, const Tensor& k, const Tensor& v,
                                      const Tensor& mask, const Tensor& out, const Tensor& lse,
                                      const AttentionOptions& options) {
  const AttentionGradients d{empty_like(q), empty_like(k), empty_like(v)};
  on(q.device(), cpu::attention_backward, cuda::attention_backward)(
      d.q, d.k, d.v, contiguous(dout), contiguous(q), contiguous(k), contiguous(v), score_mask(mask, q, k),
      contiguous(out), contiguous(lse), options.causal, detail::attention_scale(options, q.size(-1)));
  return d;
}

}  // namespace cadena
