#pragma once

#include <utility>

#include "autograd/variable.h"

// What the rules of linear algebra share: batches of matrices, (…, m, n), as differentiable values.
namespace cadena {

/// \f$ \frac12 (A + A^T) \f$
Variable symmetric_part(const Variable& a);

/// \f$ A B^{-1} \f$ for the lower (upper) triangle B.
Variable triangular_solve_right(const Variable& a, const Variable& b, bool is_upper);

/// A number (…) as a matrix (…, 1, 1).
Variable as_matrix(const Variable& v);

/// \f$ \mathrm{tr}(A^T B) \f$: (…, m, n), (…, m, n) -> (…).
Variable matrix_inner(const Variable& a, const Variable& b);

/// Both sides of A X = B in one dtype, their leading axes broadcast; b as a matrix. `restore` undoes what was done to
/// b.
struct LinearSystem {
  Variable a;      ///< (…, m, n)
  Variable b;      ///< (…, m, p)
  bool is_vector;  ///< b was a vector (m,)
  /// Throws DeviceError if the devices differ, ShapeError naming `op` if the rows or the leading axes do.
  LinearSystem(const char* op, const Variable& left, const Variable& right);
  /// A solution (…, n, p) as the caller wants it: (…, n) where b was a vector.
  Variable restore(const Variable& x) const;
};

}  // namespace cadena
