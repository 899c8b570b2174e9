#include "tensor/matrices.h"

#include "tensor/base/error.h"
#include "tensor/copy.h"

namespace cadena {

Shape batch_of(const Shape& shape) { return Shape(shape.begin(), static_cast<std::size_t>(shape.rank() - 2)); }

Shape with_matrix(Shape batch, i64 rows, i64 columns) {
  batch = batch.with_inserted(batch.rank(), rows);
  return batch.with_inserted(batch.rank(), columns);
}

void check_matrices(const char* op, const Tensor& x) {
  if (x.rank() < 2) fail<ShapeError>(op, ": expected matrices (…, m, n), got shape ", x.shape());
}

void check_square(const char* op, const Tensor& x) {
  if (x.rank() < 2 || x.size(-1) != x.size(-2)) {
    fail<ShapeError>(op, ": expected square matrices (…, n, n), got shape ", x.shape());
  }
}

Tensor to_decomposed(const Tensor& x) { return x.dtype() == Dtype::f64 ? x : cast(x, Dtype::f32); }

}  // namespace cadena
