#include "tensor/cpu/cofactor.h"

#include <Eigen/LU>
#include <vector>

#include "tensor/cpu/decompose.h"

namespace cadena::cpu {
namespace {

/// The product of all elements of s but the i-th, for every i, without a division.
Eigen::VectorXd products_of_others(const Eigen::VectorXd& s) {
  const i64 n = s.size();
  Eigen::VectorXd products(n);
  double below = 1;
  for (i64 i = 0; i < n; ++i) {
    products(i) = below;
    below *= s(i);
  }
  double above = 1;
  for (i64 i = n - 1; i >= 0; --i) {
    products(i) *= above;
    above *= s(i);
  }
  return products;
}

/// p_ij: the product of all elements of s but the i-th and the j-th, 0 for i = j.
Dense<double> products_of_other_pairs(const Eigen::VectorXd& s) {
  Dense<double> products(s.size(), s.size());
  for (i64 i = 0; i < s.size(); ++i) {
    Eigen::VectorXd without = s;
    without(i) = 1;
    products.row(i) = products_of_others(without);
    products(i, i) = 0;
  }
  return products;
}

/// Calls `take(index, system, e)` for every matrix, e = det(u v^T), which is 1 or -1.
template <class T, class F>
void for_each_system(const char* op, const View& a, F take) {
  for_each_matrix(op, a, [&](i64 i) -> const char* {
    const Dense<double> m = load<T>(a, i).template cast<double>();
    if (!m.allFinite()) return kNotFinite;
    if (m.size() == 0) return nullptr;
    SingularSystem system;
    if (!decompose_singular(m, /*with_vectors=*/true, system)) return "did not converge";
    take(i, system, Dense<double>(system.u * system.v.transpose()).determinant() < 0 ? -1.0 : 1.0);
    return nullptr;
  });
}

}  // namespace

void cofactor(const View& c, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_system<T>("cofactor", a, [&](i64 i, const SingularSystem& system, double e) {
      const Eigen::VectorXd others = products_of_others(system.values);
      store<T>(c, i, Dense<double>(e * system.u * others.asDiagonal() * system.v.transpose()));
    });
  });
}

void cofactor_derivative(const View& y, const View& a, const View& x) {
  by_real(a.dtype, [&]<class T>() {
    for_each_system<T>("cofactor_derivative", a, [&](i64 i, const SingularSystem& system, double e) {
      const Dense<double> b = system.u.transpose() * load<T>(x, i).template cast<double>() * system.v;
      const Dense<double> pairs = products_of_other_pairs(system.values);
      Dense<double> m = -pairs.cwiseProduct(b.transpose());
      m.diagonal() = pairs * b.diagonal();
      store<T>(y, i, Dense<double>(e * system.u * m * system.v.transpose()));
    });
  });
}

}  // namespace cadena::cpu
