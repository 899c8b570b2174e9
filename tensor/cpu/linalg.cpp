#include "tensor/cpu/linalg.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <Eigen/QR>
#include <limits>

#include "tensor/cpu/matrices.h"

namespace cadena::cpu {
namespace {

/// An LU decomposition that knows whether its last digits mean anything.
template <class T>
struct Lu {
  Eigen::PartialPivLU<Dense<T>> lu;

  explicit Lu(const Dense<T>& a) : lu(a) {}

  /// Pivot k is \f$ a_{kk} - \sum_{j<k} l_{kj} u_{jk} \f$; a pivot below the rounding error of that very sum is zero.
  bool is_singular() const {
    const Dense<T>& m = lu.matrixLU();
    for (i64 k = 0; k < m.rows(); ++k) {
      T magnitude = std::abs(m(k, k));
      for (i64 j = 0; j < k; ++j) magnitude += std::abs(m(k, j) * m(j, k));
      if (!(std::abs(m(k, k)) > std::numeric_limits<T>::epsilon() * magnitude)) return true;
    }
    return false;
  }
};

template <class T>
T sign_of(T x) {
  return static_cast<T>((x > 0) - (x < 0));
}

/// The y view of a batch of scalars (…), entry `index`.
template <class T>
T& entry(const View& y, i64 index) {
  return y.as<T>()[leading_offset(y, y.rank, index)];
}

}  // namespace

void cholesky(const View& l, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_matrix("cholesky", a, [&](i64 i) -> const char* {
      const Dense<T> m = load<T>(a, i);
      if (!m.allFinite()) return kNotFinite;
      const Dense<T> symmetric = (m + m.transpose()) / 2;
      const Eigen::LLT<Dense<T>> llt(symmetric);
      if (llt.info() != Eigen::Success) return "is not positive definite";
      store<T>(l, i, Dense<T>(llt.matrixL()));
      return nullptr;
    });
  });
}

void qr(const char* op, const View& q, const View& r, const View& a) {
  const i64 k = r.shape[r.rank - 2];
  by_real(a.dtype, [&]<class T>() {
    for_each_matrix(op, a, [&](i64 i) -> const char* {
      const Dense<T> m = load<T>(a, i);
      if (!m.allFinite()) return kNotFinite;
      if (k == 0) return nullptr;
      const Eigen::HouseholderQR<Dense<T>> householder(m);
      Dense<T> left = householder.householderQ() * Dense<T>::Identity(m.rows(), k);
      Dense<T> right = householder.matrixQR().topRows(k).template triangularView<Eigen::Upper>();
      for (i64 j = 0; j < k; ++j) {
        if (right(j, j) >= 0) continue;
        right.row(j) *= T{-1};
        left.col(j) *= T{-1};
      }
      store<T>(q, i, left);
      store<T>(r, i, right);
      return nullptr;
    });
  });
}

void solve(const View& x, const View& a, const View& b) {
  by_real(a.dtype, [&]<class T>() {
    for_each_matrix("solve", a, [&](i64 i) -> const char* {
      const Dense<T> m = load<T>(a, i);
      if (!m.allFinite()) return kNotFinite;
      if (m.size() == 0) return nullptr;
      const Lu<T> factors(m);
      if (factors.is_singular()) return kSingular;
      const Dense<T> right = load<T>(b, i);
      if (right.size() != 0) store<T>(x, i, Dense<T>(factors.lu.solve(right)));
      return nullptr;
    });
  });
}

void triangular_solve(const View& x, const View& a, const View& b, bool upper) {
  by_real(a.dtype, [&]<class T>() {
    for_each_matrix("triangular_solve", a, [&](i64 i) -> const char* {
      const Dense<T> m = load<T>(a, i);
      if (m.size() == 0) return nullptr;
      if ((m.diagonal().array() == T{0}).any()) return kSingular;
      Dense<T> solution = load<T>(b, i);
      if (solution.size() == 0) return nullptr;
      if (upper) m.template triangularView<Eigen::Upper>().solveInPlace(solution);
      else m.template triangularView<Eigen::Lower>().solveInPlace(solution);
      store<T>(x, i, solution);
      return nullptr;
    });
  });
}

void inv(const View& y, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_matrix("inv", a, [&](i64 i) -> const char* {
      const Dense<T> m = load<T>(a, i);
      if (!m.allFinite()) return kNotFinite;
      if (m.size() == 0) return nullptr;
      const Lu<T> factors(m);
      if (factors.is_singular()) return kSingular;
      store<T>(y, i, Dense<T>(factors.lu.inverse()));
      return nullptr;
    });
  });
}

void det(const View& y, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_matrix("det", a, [&](i64 i) -> const char* {
      const Dense<T> m = load<T>(a, i);
      if (!m.allFinite()) return kNotFinite;
      entry<T>(y, i) = m.size() == 0 ? T{1} : m.partialPivLu().determinant();
      return nullptr;
    });
  });
}

void slogdet(const char* op, const View& sign, const View& logabs, const View& a) {
  by_real(a.dtype, [&]<class T>() {
    for_each_matrix(op, a, [&](i64 i) -> const char* {
      const Dense<T> m = load<T>(a, i);
      if (!m.allFinite()) return kNotFinite;
      T s = 1, total = 0;
      if (m.size() != 0) {
        const auto lu = m.partialPivLu();
        s = static_cast<T>(lu.permutationP().determinant());
        for (i64 k = 0; k < m.rows(); ++k) {
          const T pivot = lu.matrixLU()(k, k);
          s *= sign_of(pivot);
          total += std::log(std::abs(pivot));
        }
      }
      entry<T>(sign, i) = s;
      entry<T>(logabs, i) = total;
      return nullptr;
    });
  });
}

void check_full_rank(const char* op, const View& r) {
  by_real(r.dtype, [&]<class T>() {
    for_each_matrix(op, r, [&](i64 i) -> const char* {
      const Dense<T> m = load<T>(r, i);
      for (i64 k = 0; k < m.cols(); ++k) {
        const T rounding = std::numeric_limits<T>::epsilon() * static_cast<T>(m.rows()) * m.col(k).norm();
        if (!(std::abs(m(k, k)) > rounding)) return "has linearly dependent columns or rows";
      }
      return nullptr;
    });
  });
}

}  // namespace cadena::cpu
