#include "tensor/compare.h"

#include "cuda/kernels/elementwise.h"
#include "tensor/arithmetic.h"
#include "tensor/base/scalar.h"
#include "tensor/base/scalar_compare.h"
#include "tensor/binary.h"
#include "tensor/copy.h"
#include "tensor/cpu/elementwise.h"
#include "tensor/reduce.h"
#include "tensor/rounding.h"

namespace cadena {
namespace {

enum class Order { as_given, swapped };

/// [f(a, b)], or [f(b, a)] so that > needs no kernel beside <.
template <class F>
Tensor compare(const char* op, const Tensor& a, const Tensor& b, Order order = Order::as_given) {
  const auto [u, v] = align(op, a, b);
  Tensor y = empty(u.shape(), Dtype::boolean, u.device(), op);
  if (order == Order::as_given) on(u.device(), cpu::compare<F>, cuda::compare<F>)(op, y, u, v, {});
  else on(u.device(), cpu::compare<F>, cuda::compare<F>)(op, y, v, u, {});
  return y;
}

/// [f(x)] where f holds the host value c.
template <class F>
Tensor compare(const char* op, const Tensor& x, Number c) {
  const Tensor u = cast(x, c.meet(x.dtype()));
  Tensor y = empty(u.shape(), Dtype::boolean, u.device(), op);
  on(u.device(), cpu::test<F>, cuda::test<F>)(op, y, u, {c});
  return y;
}

bool all_true(const Tensor& mask) { return sum(mask).item() == static_cast<double>(mask.numel()); }

Tensor both_nan(const Tensor& a, const Tensor& b) { return logical_and(isnan(a), isnan(b)); }

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) { return compare<scalar::Equal>("eq", a, b); }
Tensor eq(const Tensor& a, Number b) { return compare<scalar::ThenNumber<scalar::Equal>>("eq", a, b); }
Tensor ne(const Tensor& a, const Tensor& b) { return compare<scalar::NotEqual>("ne", a, b); }
Tensor ne(const Tensor& a, Number b) { return compare<scalar::ThenNumber<scalar::NotEqual>>("ne", a, b); }
Tensor lt(const Tensor& a, const Tensor& b) { return compare<scalar::Less>("lt", a, b); }
Tensor lt(const Tensor& a, Number b) { return compare<scalar::ThenNumber<scalar::Less>>("lt", a, b); }
Tensor le(const Tensor& a, const Tensor& b) { return compare<scalar::LessEqual>("le", a, b); }
Tensor le(const Tensor& a, Number b) { return compare<scalar::ThenNumber<scalar::LessEqual>>("le", a, b); }
Tensor gt(const Tensor& a, const Tensor& b) { return compare<scalar::Less>("gt", a, b, Order::swapped); }
Tensor gt(const Tensor& a, Number b) { return compare<scalar::NumberThen<scalar::Less>>("gt", a, b); }
Tensor ge(const Tensor& a, const Tensor& b) { return compare<scalar::LessEqual>("ge", a, b, Order::swapped); }
Tensor ge(const Tensor& a, Number b) { return compare<scalar::NumberThen<scalar::LessEqual>>("ge", a, b); }

bool allclose(const Tensor& a, const Tensor& b, Tolerance tolerance) {
  const Tensor u = cast(a, Dtype::f64);
  const Tensor v = cast(b, Dtype::f64);
  const Tensor bound = abs(v) * tolerance.rtol + tolerance.atol;
  Tensor close = logical_or(eq(u, v), logical_and(le(abs(u - v), bound), isfinite(v)));
  if (tolerance.equal_nan) close = logical_or(close, both_nan(u, v));
  return all_true(close);
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol) {
  return allclose(a, b, Tolerance{rtol, atol});
}

bool array_equal(const Tensor& a, const Tensor& b, bool equal_nan) {
  if (a.shape() != b.shape()) return false;
  const bool same = a.dtype() == b.dtype();  // otherwise f64, which rounds least
  const Tensor equal = same ? eq(a, b) : eq(cast(a, Dtype::f64), cast(b, Dtype::f64));
  return all_true(equal_nan ? logical_or(equal, both_nan(a, b)) : equal);
}

}  // namespace cadena
