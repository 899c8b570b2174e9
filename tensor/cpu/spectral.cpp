#include "tensor/cpu/spectral.h"

#include <limits>

#include "tensor/cpu/decompose.h"

namespace cadena::cpu {
namespace {

constexpr const char* kDiverged = "did not converge";

/// The sign of the component of largest magnitude of v, the first of several: the sign that makes it positive.
template <class Vector>
double orientation(const Vector& v) {
  Eigen::Index at = 0;
  v.cwiseAbs().maxCoeff(&at);
  return v(at) < 0 ? -1 : 1;
}

/// Decomposes the symmetric part of every matrix in f64 and hands the result to `take(index, system)`.
template <class T, class F>
void for_each_eigen(const char* op, const View& a, bool with_vectors, F take) {
  for_each_matrix(op, a, [&](i64 i) -> const char* {
    const Dense<double> m = load<T>(a, i).template cast<double>();
    if (!m.allFinite()) return kNotFinite;
    if (m.size() == 0) return nullptr;
    Eigensystem system;
    if (!decompose_symmetric((m + m.transpose()) / 2, with_vectors, system)) return kDiverged;
    take(i, system);
    return nullptr;
  });
}

/// The same for singular values.
template <class T, class F>
void for_each_svd(const char* op, const View& a, bool with_vectors, F take) {
  for_each_matrix(op, a, [&](i64 i) -> const char* {
    const Dense<double> m = load<T>(a, i).template cast<double>();
    if (!m.allFinite()) return kNotFinite;
    if (m.size() == 0) return nullptr;
    SingularSystem system;
    if (!decompose_singular(m, with_vectors, system)) return kDiverged;
    take(i, system);
    return nullptr;
  });
}

/// Row `index` of the values (…, n).
template <class T>
Row<T> row(const View& values, i64 index) {
  return {values.as<T>() + row_offset(values, index), values.strides[values.rank - 1]};
}

/// The distance below which two values are equal to working precision.
template <class T>
T rounding_of(const Row<T>& values, i64 n) {
  T largest = 0;
  for (i64 i = 0; i < n; ++i) largest = std::max(largest, std::abs(values[i]));
  return static_cast<T>(n) * std::numeric_limits<T>::epsilon() * largest;
}

}  // namespace

void eigh(const View& values, const View& v, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_eigen<T>("eigh", a, /*with_vectors=*/true, [&](i64 i, Eigensystem& system) {
      for (i64 j = 0; j < system.vectors.cols(); ++j) system.vectors.col(j) *= orientation(system.vectors.col(j));
      store_vector<T>(values, i, system.values);
      store<T>(v, i, system.vectors);
    });
  });
}

void eigvalsh(const View& values, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_eigen<T>("eigvalsh", a, /*with_vectors=*/false,
                      [&](i64 i, const Eigensystem& system) { store_vector<T>(values, i, system.values); });
  });
}

void svd(const View& u, const View& s, const View& vt, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_svd<T>("svd", a, /*with_vectors=*/true, [&](i64 i, SingularSystem& system) {
      for (i64 j = 0; j < system.u.cols(); ++j) {
        const double sign = orientation(system.u.col(j));
        system.u.col(j) *= sign;
        system.v.col(j) *= sign;
      }
      store<T>(u, i, system.u);
      store_vector<T>(s, i, system.values);
      store<T>(vt, i, system.v.transpose());
    });
  });
}

void svdvals(const View& s, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_svd<T>("svdvals", a, /*with_vectors=*/false,
                    [&](i64 i, const SingularSystem& system) { store_vector<T>(s, i, system.values); });
  });
}

void pinv(const View& y, const View& a, double rcond) {
  by_real(a.dtype, [&]<class T>() {
    for_each_svd<T>("pinv", a, /*with_vectors=*/true, [&](i64 i, const SingularSystem& system) {
      const double floor = rcond * system.values(0);
      const Eigen::VectorXd inverse = system.values.unaryExpr([&](double v) { return v > floor ? 1 / v : 0; });
      store<T>(y, i, Dense<double>(system.v * inverse.asDiagonal() * system.u.transpose()));
    });
  });
}

void repeated(const char* op, const View& mask, const View& values, const View& w) {
  by_real(values.dtype, [&]<class T>() {
    for_each_matrix(op, mask, [&](i64 index) -> const char* {
      const Row<T> v = row<T>(values, index);
      const i64 n = mask.shape[mask.rank - 1];
      const T rounding = rounding_of(v, n);
      const Dense<T> weight = load<T>(w, index);
      Dense<T> equal = Dense<T>::Identity(n, n);
      for (i64 i = 0; i < n; ++i) {
        for (i64 j = 0; j < n; ++j) {
          if (i == j || std::abs(v[i] - v[j]) > rounding) continue;
          if (weight(i, j) != 0) {
            return "has repeated eigenvalues or singular values, and a derivative of their vectors, which are not "
                   "unique, was asked for";
          }
          equal(i, j) = 1;
        }
      }
      store<T>(mask, index, equal);
      return nullptr;
    });
  });
}

void vanishing(const char* op, const View& mask, const View& values, const View& x) {
  by_real(values.dtype, [&]<class T>() {
    for_each_matrix(op, mask, [&](i64 index) -> const char* {
      const Row<T> v = row<T>(values, index);
      const i64 n = mask.shape[mask.rank - 1];
      const T rounding = rounding_of(v, n);
      const Dense<T> columns = load<T>(x, index);
      Dense<T> zero = Dense<T>::Zero(1, n);
      for (i64 j = 0; j < n; ++j) {
        if (v[j] > rounding) continue;
        if ((columns.col(j).array() != T{0}).any()) {
          return "has a singular value 0, and a derivative of its vectors, which are not unique, was asked for";
        }
        zero(0, j) = 1;
      }
      store<T>(mask, index, zero);
      return nullptr;
    });
  });
}

}  // namespace cadena::cpu
