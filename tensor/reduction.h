#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// What every reduction over axes needs: x seen as (kept axes…, reduced axes…), and the shapes of the result.
struct Reduction {
  Tensor input;     ///< a view of x, reduced axes last
  int reduced = 0;  ///< how many axes are reduced
  Shape shape;      ///< of the result
  Shape kept_dims;  ///< of the result with the reduced axes kept as 1
  Shape given;      ///< of x, as messages name it

  /// Throws ShapeError naming `op` for an axis out of range or named twice.
  Reduction(const char* op, const Tensor& x, const Axes& axes);

  /// Number of elements that are reduced to one.
  i64 count() const;

  /// Throws ShapeError naming `op` if there is nothing to reduce: an extremum of no elements has no value.
  void expect_elements(const char* op) const;

  /// A tensor for the result, in `dtype`; `op` is the function that calls.
  Tensor result(Dtype dtype, const char* op = __builtin_FUNCTION()) const {
    return empty(shape, dtype, input.device(), op);
  }

  /// y as the caller asked for it.
  Tensor shaped(const Tensor& y, bool keep_dims) const;
};

}  // namespace cadena
