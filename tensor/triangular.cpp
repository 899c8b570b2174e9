#include "tensor/triangular.h"

#include <cstdlib>

#include "cuda/kernels/triangular.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/triangular.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

constexpr i64 kFarthest = i64{1} << 60;  // an extent this much longer is still counted without overflow

void check_matrix(const char* op, const Tensor& x) {
  if (x.rank() < 2) fail<ShapeError>(op, ": expected at least two axes, shape is ", x.shape());
}

}  // namespace

Tensor tril(const Tensor& x, i64 diagonal) {
  check_matrix("tril", x);
  Tensor y = empty_like(x);
  on(x.device(), cpu::tril, cuda::tril)(y, x, diagonal);
  return y;
}

Tensor triu(const Tensor& x, i64 diagonal) {
  check_matrix("triu", x);
  Tensor y = empty_like(x);
  on(x.device(), cpu::triu, cuda::triu)(y, x, diagonal);
  return y;
}

Tensor diag_embed(const Tensor& x, i64 offset) {
  if (x.rank() == 0) fail<ShapeError>("diag_embed: expected at least one axis, shape is ()");
  if (offset < -kFarthest || offset > kFarthest)
    fail<ShapeError>("diag_embed: offset ", offset, " does not fit in memory");
  const i64 extent = x.size(-1) + std::abs(offset);
  const int last = x.rank() - 1;
  Shape shape = x.shape().with_inserted(last, extent);
  shape[last + 1] = extent;
  check_shape("diag_embed", shape, x.dtype());
  const Tensor y = zeros(shape, x.dtype(), x.device());
  copy_into(diagonal(y, offset), x);
  return y;
}

}  // namespace cadena
