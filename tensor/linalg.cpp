#include "tensor/linalg.h"

#include <utility>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/binary.h"
#include "tensor/copy.h"
#include "tensor/cpu/linalg.h"
#include "tensor/exponential.h"
#include "tensor/matmul.h"
#include "tensor/matrices.h"
#include "tensor/through_host.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// Both sides of A X = B in one dtype and with one batch shape, B as matrices.
struct System {
  Tensor a;
  Tensor b;
  bool is_vector;
  Dtype dtype;

  System(const char* op, const Tensor& left, const Tensor& right) : is_vector(right.rank() == 1) {
    if (left.device() != right.device()) {
      fail<DeviceError>(op, ": devices differ: ", left.device(), " and ", right.device());
    }
    if (right.rank() == 0 || left.size(-2) != right.size(is_vector ? 0 : -2)) {
      fail<ShapeError>(op, ": rows differ: ", left.shape(), " x = ", right.shape());
    }
    dtype = floating_dtype(promote(left.dtype(), right.dtype()));
    const Tensor columns = is_vector ? unsqueeze(right, 1) : right;
    const Shape batch = broadcast_shapes(op, batch_of(left.shape()), batch_of(columns.shape()));
    a = to_decomposed(cast(left, dtype));
    b = to_decomposed(cast(columns, dtype));
    a = broadcast_to(a, with_matrix(batch, a.size(-2), a.size(-1)));
    b = broadcast_to(b, with_matrix(batch, b.size(-2), b.size(-1)));
  }

  /// x in the shape and dtype that the caller expects.
  Tensor result(const Tensor& x) const { return cast(is_vector ? squeeze(x, -1) : x, dtype); }
};

/// `qr` of matrices in the dtype of their decomposition, on the CPU; messages name `op`.
std::array<Tensor, 2> qr_as(const char* op, const Tensor& m) {
  const Shape batch = batch_of(m.shape());
  const i64 k = std::min(m.size(-2), m.size(-1));
  const Tensor q = empty(with_matrix(batch, m.size(-2), k), m.dtype(), m.device(), op);
  const Tensor r = empty(with_matrix(batch, k, m.size(-1)), m.dtype(), m.device(), op);
  cpu::qr(op, q, r, m);
  return {q, r};
}

/// The same for `slogdet`.
std::array<Tensor, 2> slogdet_as(const char* op, const Tensor& m) {
  const Tensor sign = empty(batch_of(m.shape()), m.dtype(), m.device(), op);
  const Tensor logabs = empty_like(sign, op);
  cpu::slogdet(op, sign, logabs, m);
  return {sign, logabs};
}

/// All in the dtype that a decomposition of `a` returns.
std::array<Tensor, 2> cast_for(const Tensor& a, const std::array<Tensor, 2>& parts) {
  const Dtype dtype = floating_dtype(a.dtype());
  return {cast(parts[0], dtype), cast(parts[1], dtype)};
}

}  // namespace

Tensor cholesky(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("cholesky", cholesky, a);
  check_square("cholesky", a);
  const Tensor m = to_decomposed(a);
  Tensor l = empty(m.shape(), m.dtype(), m.device());
  cpu::cholesky(l, m);
  return cast(l, floating_dtype(a.dtype()));
}

std::array<Tensor, 2> qr(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("qr", qr, a);
  check_matrices("qr", a);
  return cast_for(a, qr_as("qr", to_decomposed(a)));
}

Tensor solve(const Tensor& a, const Tensor& b) {
  if (!a.device().is_cpu()) return through_host("solve", solve, a, b);
  check_square("solve", a);
  const System system("solve", a, b);
  Tensor x = empty(system.b.shape(), system.b.dtype(), a.device());
  cpu::solve(x, system.a, system.b);
  return system.result(x);
}

Tensor triangular_solve(const Tensor& a, const Tensor& b, bool upper) {
  if (!a.device().is_cpu()) {
    return through_host(
        "triangular_solve", [=](const Tensor& x, const Tensor& y) { return triangular_solve(x, y, upper); }, a, b);
  }
  check_square("triangular_solve", a);
  const System system("triangular_solve", a, b);
  Tensor x = empty(system.b.shape(), system.b.dtype(), a.device());
  cpu::triangular_solve(x, system.a, system.b, upper);
  return system.result(x);
}

Tensor lstsq(const Tensor& a, const Tensor& b) {
  if (!a.device().is_cpu()) return through_host("lstsq", lstsq, a, b);
  check_matrices("lstsq", a);
  const System system("lstsq", a, b);
  const bool tall = a.size(-2) >= a.size(-1);
  const auto [q, r] = qr_as("lstsq", tall ? system.a : transpose(system.a));
  check_full_rank("lstsq", r);
  const Tensor x = tall ? triangular_solve(r, matmul(transpose(q), system.b), /*upper=*/true)
                        : matmul(q, triangular_solve(transpose(r), system.b));
  return system.result(x);
}

Tensor inv(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("inv", inv, a);
  check_square("inv", a);
  const Tensor m = to_decomposed(a);
  Tensor y = empty(m.shape(), m.dtype(), m.device());
  cpu::inv(y, m);
  return cast(y, floating_dtype(a.dtype()));
}

Tensor det(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("det", det, a);
  check_square("det", a);
  const Tensor m = to_decomposed(a);
  Tensor y = empty(batch_of(a.shape()), m.dtype(), m.device());
  cpu::det(y, m);
  return cast(y, floating_dtype(a.dtype()));
}

std::array<Tensor, 2> slogdet(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("slogdet", slogdet, a);
  check_square("slogdet", a);
  return cast_for(a, slogdet_as("slogdet", to_decomposed(a)));
}

Tensor logdet(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("logdet", logdet, a);
  check_square("logdet", a);
  const auto [sign, logabs] = slogdet_as("logdet", to_decomposed(a));
  return cast(add(log(sign), logabs), floating_dtype(a.dtype()));
}

void check_full_rank(const char* op, const Tensor& r) { cpu::check_full_rank(op, to_decomposed(to(r, Device::cpu()))); }

}  // namespace cadena
