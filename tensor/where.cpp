#include "tensor/cpu/where.h"
#include "cuda/kernels/elementwise.h"
#include "tensor/base/error.h"
#include "tensor/base/scalar_compare.h"
#include "tensor/binary.h"
#include "tensor/compare.h"
#include "tensor/copy.h"
#include "tensor/cpu/elementwise.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

template <class F>
Tensor logic(const char* op, const Tensor& a, const Tensor& b) {
  const auto [u, v] = align(op, cast(a, Dtype::boolean), cast(b, Dtype::boolean));
  Tensor y = empty_like(u, op);
  on(u.device(), cpu::logic<F>, cuda::logic<F>)(y, u, v, {});
  return y;
}

/// A test that all integers answer with `integers`.
template <class F>
Tensor test(const char* op, const Tensor& x, bool integers) {
  if (!is_floating(x.dtype())) return full(x.shape(), integers, Dtype::boolean, x.device());
  Tensor y = empty(x.shape(), Dtype::boolean, x.device(), op);
  on(x.device(), cpu::test_float<F>, cuda::test_float<F>)(op, y, x, {});
  return y;
}

}  // namespace

Tensor logical_and(const Tensor& a, const Tensor& b) { return logic<scalar::And>("logical_and", a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return logic<scalar::Or>("logical_or", a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return logic<scalar::Xor>("logical_xor", a, b); }
Tensor logical_not(const Tensor& x) { return eq(cast(x, Dtype::boolean), false); }

Tensor isnan(const Tensor& x) { return test<scalar::IsNan>("isnan", x, false); }
Tensor isinf(const Tensor& x) { return test<scalar::IsInf>("isinf", x, false); }
Tensor isfinite(const Tensor& x) { return test<scalar::IsFinite>("isfinite", x, true); }

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (condition.dtype() != Dtype::boolean) fail_dtype("where", condition.dtype(), "a condition of bool");
  const auto [u, v] = align("where", a, b);
  if (condition.device() != u.device()) {
    fail<DeviceError>("where: devices differ: ", condition.device(), " and ", u.device());
  }
  const Shape shape = broadcast_shapes("where", condition.shape(), u.shape());
  Tensor y = empty(shape, u.dtype(), u.device());
  on(u.device(), cpu::where, cuda::where)(y, broadcast_to(condition, shape), broadcast_to(u, shape),
                                          broadcast_to(v, shape));
  return y;
}
Tensor where(const Tensor& condition, const Tensor& a, Number b) { return where(condition, a, scalar_like(a, b)); }
Tensor where(const Tensor& condition, Number a, const Tensor& b) { return where(condition, scalar_like(b, a), b); }

}  // namespace cadena
