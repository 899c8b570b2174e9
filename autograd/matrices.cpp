#include "autograd/matrices.h"

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/linalg.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/matrices.h"

namespace cadena {

Variable symmetric_part(const Variable& a) { return (a + transpose(a)) * 0.5; }

Variable triangular_solve_right(const Variable& a, const Variable& b, bool is_upper) {
  return transpose(triangular_solve(transpose(b), transpose(a), !is_upper));
}

Variable as_matrix(const Variable& v) { return reshape(v, with_matrix(v.shape(), 1, 1)); }

Variable matrix_inner(const Variable& a, const Variable& b) {
  const Shape batch = batch_of(a.shape());
  return reshape(sum_to(a * b, with_matrix(batch, 1, 1)), batch);
}

LinearSystem::LinearSystem(const char* op, const Variable& left, const Variable& right) : is_vector(right.rank() == 1) {
  if (left.device() != right.device()) {
    fail<DeviceError>(op, ": devices differ: ", left.device(), " and ", right.device());
  }
  if (right.rank() == 0 || left.size(-2) != right.size(is_vector ? 0 : -2)) {
    fail<ShapeError>(op, ": rows differ: ", left.shape(), " x = ", right.shape());
  }
  const Dtype dtype = floating_dtype(promote(left.dtype(), right.dtype()));
  const Variable columns = is_vector ? unsqueeze(right, 1) : right;
  const Shape batch = broadcast_shapes(op, batch_of(left.shape()), batch_of(columns.shape()));
  a = broadcast_to(cast(left, dtype), with_matrix(batch, left.size(-2), left.size(-1)));
  b = broadcast_to(cast(columns, dtype), with_matrix(batch, columns.size(-2), columns.size(-1)));
}

Variable LinearSystem::restore(const Variable& x) const { return is_vector ? squeeze(x, -1) : x; }

}  // namespace cadena
