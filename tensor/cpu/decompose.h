#pragma once

#include "tensor/cpu/matrices.h"

/// Decompositions of one matrix, each compiled in a file of its own: Eigen's solvers take the compiler longer than the
/// rest of the library's linear algebra. There is one solver each, for f64; f32 matrices are widened for it, which
/// also makes their results accurate to the last digit.
namespace cadena::cpu {

/// The symmetric `a` = v diag(values) v^T, values ascending. False if the iteration does not converge.
struct Eigensystem {
  Eigen::VectorXd values;
  Dense<double> vectors;  ///< empty if only values were asked for
};
bool decompose_symmetric(const Dense<double>& a, bool with_vectors, Eigensystem& result);

/// `a` = u diag(values) v^T with thin u and v, values descending. False if the iteration does not converge.
struct SingularSystem {
  Eigen::VectorXd values;
  Dense<double> u, v;  ///< empty if only values were asked for
};
bool decompose_singular(const Dense<double>& a, bool with_vectors, SingularSystem& result);

}  // namespace cadena::cpu
