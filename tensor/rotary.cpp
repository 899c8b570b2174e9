#include "tensor/rotary.h"

#include "cuda/kernels/rotary.h"
#include "tensor/base/error.h"
#include "tensor/cpu/rotary.h"

namespace cadena {

Tensor rotary_embedding(const Tensor& x, i64 offset, double base, bool inverse) {
  if (!is_floating(x.dtype())) fail<DtypeError>("rotary_embedding: expected a floating dtype, got ", x.dtype());
  if (x.rank() < 2 || x.size(-1) % 2 != 0) {
    fail<ShapeError>("rotary_embedding: expected x (…, S, D) with an even D, got ", x.shape());
  }
  if (!(base > 0)) fail<ValueError>("rotary_embedding: base = ", base, " is not positive");
  Tensor y = empty_like(x);
  on(x.device(), cpu::rotary_embedding, cuda::rotary_embedding)(y, x, offset, base, inverse);
  return y;
}

}  // namespace cadena
