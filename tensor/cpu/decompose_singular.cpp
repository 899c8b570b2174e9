#include <Eigen/SVD>

#include "tensor/cpu/decompose.h"

namespace cadena::cpu {

bool decompose_singular(const Dense<double>& a, bool with_vectors, SingularSystem& result) {
  const Eigen::BDCSVD<Dense<double>> solver(a, with_vectors ? Eigen::ComputeThinU | Eigen::ComputeThinV : 0u);
  if (solver.info() != Eigen::Success) return false;
  result.values = solver.singularValues();
  if (with_vectors) {
    result.u = solver.matrixU();
    result.v = solver.matrixV();
  }
  return true;
}

}  // namespace cadena::cpu
