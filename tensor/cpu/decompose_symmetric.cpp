#include <Eigen/Eigenvalues>

#include "tensor/cpu/decompose.h"

namespace cadena::cpu {

bool decompose_symmetric(const Dense<double>& a, bool with_vectors, Eigensystem& result) {
  const Eigen::SelfAdjointEigenSolver<Dense<double>> solver(
      a, with_vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) return false;
  result.values = solver.eigenvalues();
  if (with_vectors) result.vectors = solver.eigenvectors();
  return true;
}

}  // namespace cadena::cpu
