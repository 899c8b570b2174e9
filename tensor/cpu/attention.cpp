#include "tensor/cpu/attention.h"

#include <Eigen/Core>
#include <cmath>
#include <limits>

#include "tensor/base/scalar_exp.h"
#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

constexpr i64 kQueries = 32;  // queries of one block
constexpr i64 kKeys = 64;     // keys of one block

template <class C>
using Matrix = Eigen::Matrix<C, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class C>
constexpr C kMinusInfinity = -std::numeric_limits<C>::infinity();

/// Rows [first, first + rows) of matrix `index` of a row-major batch: where they lie, or a copy in the compute type.
template <class T>
auto load(const View& x, i64 index, i64 first, i64 rows) {
  using C = compute_t<T>;
  const i64 columns = x.shape[x.rank - 1];
  const Eigen::Map<const Matrix<T>> block(x.as<T>() + (index * x.shape[x.rank - 2] + first) * columns, rows, columns);
  if constexpr (std::is_same_v<T, C>) return block;
  else return Matrix<C>(block.unaryExpr([](T value) { return static_cast<C>(value); }));
}

/// Scores of a row become e^(score - shift), which is 0 for hidden ones; a shift of minus infinity, where all are
/// hidden, counts as 0.
template <class C>
void exp_row(C* row, i64 n, C shift) {
  if (shift == kMinusInfinity<C>) shift = 0;
  for (i64 i = 0; i < n; ++i) row[i] = scalar::exp(row[i] - shift);
}

template <class T>
void store(const View& y, i64 index, i64 first, const Matrix<compute_t<T>>& block) {
  T* data = y.as<T>() + (index * y.shape[y.rank - 2] + first) * y.shape[y.rank - 1];
  std::transform(block.data(), block.data() + block.size(), data, [](auto value) { return static_cast<T>(value); });
}

/// The scores' shape, and what is added to them or hides them.
template <class T>
class Scores {
 public:
  using C = compute_t<T>;

  Scores(const View& mask, bool causal, C scale)
      : mask_(mask),
        causal_(causal),
        scale_(scale),
        queries_(mask.shape[mask.rank - 2]),
        keys_(mask.shape[mask.rank - 1]) {}

  i64 queries() const { return queries_; }
  i64 keys() const { return keys_; }
  C scale() const { return scale_; }

  /// Keys before this one may be seen by queries before `query_end`.
  i64 keys_for(i64 query_end) const {
    return causal_ ? std::clamp<i64>(query_end + keys_ - queries_, 0, keys_) : keys_;
  }

  /// scale q k^T + mask for queries from `i` and keys from `j` of matrix `index`; minus infinity where hidden.
  template <class Q, class K>
  Matrix<C> block(i64 index, i64 i, i64 j, const Q& q, const K& k) const {
    Matrix<C> s(q.rows(), k.rows());
    s.noalias() = q * k.transpose();
    const T* added = mask_.as<T>() + matrix_offset(mask_, index);
    const i64 step_i = mask_.strides[mask_.rank - 2], step_j = mask_.strides[mask_.rank - 1];
    for (i64 a = 0; a < s.rows(); ++a) {
      const i64 visible = causal_ ? i + a + 1 + keys_ - queries_ - j : s.cols();
      for (i64 b = 0; b < s.cols(); ++b) {
        s(a, b) = b < visible ? s(a, b) * scale_ + static_cast<C>(added[(i + a) * step_i + (j + b) * step_j])
                              : kMinusInfinity<C>;
      }
    }
    return s;
  }

 private:
  const View& mask_;
  bool causal_;
  C scale_;
  i64 queries_, keys_;
};

/// One block of queries: the running maximum m, the running sum l of e^(s - m), and the running sum of e^(s - m) v.
template <class C>
struct Running {
  Eigen::Array<C, Eigen::Dynamic, 1> m, l;
  Matrix<C> sum;

  Running(i64 queries, i64 width) : m(queries), l(queries), sum(Matrix<C>::Zero(queries, width)) {
    m.setConstant(kMinusInfinity<C>);
    l.setZero();
  }

  /// Takes in a block of scores, which become weights e^(s - m), and its values.
  template <class V>
  void add(Matrix<C>& s, const V& v) {
    for (i64 a = 0; a < s.rows(); ++a) {
      C* row = &s(a, 0);
      const C top = std::max(m[a], largest(row, s.cols()));
      const C shrink = top == kMinusInfinity<C> ? C{0} : scalar::exp(m[a] - top);
      exp_row(row, s.cols(), top);
      m[a] = top;
      l[a] = l[a] * shrink + total<C>(0, s.cols(), [row](i64 b) { return row[b]; });
      sum.row(a) *= shrink;
    }
    sum.noalias() += s * v;
  }
};

}  // namespace

void attention(const View& out, const View& lse, const View& q, const View& k, const View& v, const View& mask,
               bool causal, double scale) {
  const i64 queries = q.shape[q.rank - 2], depth = q.shape[q.rank - 1], keys = k.shape[k.rank - 2];
  if (lse.numel() == 0) return;
  const i64 batch = lse.numel() / queries, blocks = (queries + kQueries - 1) / kQueries;
  by_float("scaled_dot_product_attention", q.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const Scores<T> scores(mask, causal, static_cast<C>(scale));
    parallel_for(batch * blocks, kGrain / (kQueries * (keys + 1) * (depth + 1)) + 1, [&](i64 begin, i64 end) {
      for (i64 task = begin; task < end; ++task) {
        const i64 index = task / blocks, i = task % blocks * kQueries, rows = std::min(kQueries, queries - i);
        const auto query = load<T>(q, index, i, rows);
        Running<C> running(rows, v.shape[v.rank - 1]);
        const i64 seen = scores.keys_for(i + rows);
        for (i64 j = 0; j < seen; j += kKeys) {
          const i64 columns = std::min(kKeys, seen - j);
          Matrix<C> s = scores.block(index, i, j, query, load<T>(k, index, j, columns));
          running.add(s, load<T>(v, index, j, columns));
        }
        for (i64 a = 0; a < rows; ++a) {
          const C l = running.l[a];
          if (l != 0) running.sum.row(a) /= l;  // a query that saw no key keeps its 0
          lse.as<C>()[index * queries + i + a] = running.m[a] + std::log(l);
        }
        store<T>(out, index, i, running.sum);
      }
    });
  });
}

void attention_backward(const View& dq, const View& dk, const View& dv, const View& dout, const View& q, const View& k,
                        const View& v, const View& mask, const View& out, const View& lse, bool causal, double scale) {
  const i64 queries = q.shape[q.rank - 2], keys = k.shape[k.rank - 2];
  i64 batch = 1;
  for (int axis = 0; axis < q.rank - 2; ++axis) batch *= q.shape[axis];
  by_float("scaled_dot_product_attention", q.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const Scores<T> scores(mask, causal, static_cast<C>(scale));
    parallel_for(batch, 1, [&](i64 begin, i64 end) {
      for (i64 index = begin; index < end; ++index) {
        Matrix<C> key_cot = Matrix<C>::Zero(keys, k.shape[k.rank - 1]);
        Matrix<C> value_cot = Matrix<C>::Zero(keys, v.shape[v.rank - 1]);
        for (i64 i = 0; i < queries; i += kQueries) {
          const i64 rows = std::min(kQueries, queries - i), seen = scores.keys_for(i + rows);
          const auto query = load<T>(q, index, i, rows), cot = load<T>(dout, index, i, rows);
          const auto output = load<T>(out, index, i, rows);
          const C* row_lse = lse.as<C>() + index * queries + i;
          Matrix<C> query_cot = Matrix<C>::Zero(rows, query.cols());
          for (i64 j = 0; j < seen; j += kKeys) {
            const i64 columns = std::min(kKeys, seen - j);
            const auto key = load<T>(k, index, j, columns), value = load<T>(v, index, j, columns);
            Matrix<C> p = scores.block(index, i, j, query, key);
            for (i64 a = 0; a < rows; ++a) exp_row(&p(a, 0), columns, row_lse[a]);
            value_cot.middleRows(j, columns).noalias() += p.transpose() * cot;
            Matrix<C> ds = cot * value.transpose();
            for (i64 a = 0; a < rows; ++a) {
              const C mean = cot.row(a).dot(output.row(a));
              ds.row(a) = p.row(a).array() * (ds.row(a).array() - mean) * scores.scale();
            }
            query_cot.noalias() += ds * key;
            key_cot.middleRows(j, columns).noalias() += ds.transpose() * query;
          }
          store<T>(dq, index, i, query_cot);
        }
        store<T>(dk, index, 0, key_cot);
        store<T>(dv, index, 0, value_cot);
      }
    });
  });
}

}  // namespace cadena::cpu
