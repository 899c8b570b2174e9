#include "tensor/spectral.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/spectral.h"
#include "tensor/factories.h"
#include "tensor/matrices.h"
#include "tensor/through_host.h"

namespace cadena {
namespace {

/// (…, m, n) -> (…, k) with k = min(m, n).
Shape values_shape(const Shape& shape) {
  const Shape batch = batch_of(shape);
  return batch.with_inserted(batch.rank(), std::min(shape[shape.rank() - 2], shape[shape.rank() - 1]));
}

}  // namespace

std::array<Tensor, 2> eigh(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("eigh", eigh, a);
  check_square("eigh", a);
  const Tensor m = to_decomposed(a);
  Tensor values = empty(values_shape(a.shape()), m.dtype(), m.device());
  Tensor vectors = empty(a.shape(), m.dtype(), m.device());
  cpu::eigh(values, vectors, m);
  return {cast(values, floating_dtype(a.dtype())), cast(vectors, floating_dtype(a.dtype()))};
}

Tensor eigvalsh(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("eigvalsh", eigvalsh, a);
  check_square("eigvalsh", a);
  const Tensor m = to_decomposed(a);
  Tensor values = empty(values_shape(a.shape()), m.dtype(), m.device());
  cpu::eigvalsh(values, m);
  return cast(values, floating_dtype(a.dtype()));
}

std::array<Tensor, 3> svd(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("svd", svd, a);
  check_matrices("svd", a);
  const Tensor m = to_decomposed(a);
  const Shape batch = batch_of(a.shape());
  Tensor s = empty(values_shape(a.shape()), m.dtype(), m.device());
  Tensor u = empty(with_matrix(batch, a.size(-2), s.size(-1)), m.dtype(), m.device());
  Tensor vt = empty(with_matrix(batch, s.size(-1), a.size(-1)), m.dtype(), m.device());
  cpu::svd(u, s, vt, m);
  return {cast(u, floating_dtype(a.dtype())), cast(s, floating_dtype(a.dtype())), cast(vt, floating_dtype(a.dtype()))};
}

Tensor svdvals(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("svdvals", svdvals, a);
  check_matrices("svdvals", a);
  const Tensor m = to_decomposed(a);
  Tensor s = empty(values_shape(a.shape()), m.dtype(), m.device());
  cpu::svdvals(s, m);
  return cast(s, floating_dtype(a.dtype()));
}

Tensor pinv(const Tensor& a, double rcond) {
  if (!a.device().is_cpu())
    return through_host(
        "pinv", [=](const Tensor& x) { return pinv(x, rcond); }, a);
  check_matrices("pinv", a);
  if (std::isnan(rcond)) fail<ValueError>("pinv: rcond is NaN");
  const Tensor m = to_decomposed(a);
  if (rcond < 0) {
    const double epsilon = m.dtype() == Dtype::f64 ? std::numeric_limits<double>::epsilon()
                                                   : static_cast<double>(std::numeric_limits<float>::epsilon());
    rcond = epsilon * static_cast<double>(std::max(a.size(-2), a.size(-1)));
  }
  Tensor y = empty(with_matrix(batch_of(a.shape()), a.size(-1), a.size(-2)), m.dtype(), m.device());
  cpu::pinv(y, m, rcond);
  return cast(y, floating_dtype(a.dtype()));
}

Tensor repeated(const char* op, const Tensor& values, const Tensor& w) {
  if (!values.device().is_cpu()) {
    return through_host(
        op, [=](const Tensor& v, const Tensor& x) { return repeated(op, v, x); }, values, w);
  }
  if (values.rank() < 1) fail<ShapeError>(op, ": expected values (…, n), got shape ", values.shape());
  const Shape shape = values.shape().with_inserted(values.rank(), values.size(-1));
  if (w.shape() != shape) fail<ShapeError>(op, ": expected weights of shape ", shape, ", got ", w.shape());
  const Tensor v = to_decomposed(values);
  Tensor mask = empty(shape, v.dtype(), v.device(), op);
  cpu::repeated(op, mask, v, cast(w, v.dtype()));
  return cast(mask, floating_dtype(values.dtype()));
}

Tensor vanishing(const char* op, const Tensor& values, const Tensor& x) {
  if (!values.device().is_cpu()) {
    return through_host(
        op, [=](const Tensor& v, const Tensor& y) { return vanishing(op, v, y); }, values, x);
  }
  check_matrices(op, x);
  if (values.shape() != x.shape().without(x.rank() - 2)) {
    fail<ShapeError>(op, ": expected a value for each column of ", x.shape(), ", got shape ", values.shape());
  }
  const Tensor v = to_decomposed(values);
  Tensor mask = empty(with_matrix(batch_of(x.shape()), 1, x.size(-1)), v.dtype(), v.device(), op);
  cpu::vanishing(op, mask, v, cast(x, v.dtype()));
  return cast(mask, floating_dtype(values.dtype()));
}

}  // namespace cadena
