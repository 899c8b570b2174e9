// Lab 5: attention, from a softmax that knows masks to the blocks of flash attention. Seven functions; each throws
// until it is written. All tensors are f64. Queries q are (S, d), keys k (T, d), values v (T, e).
#include "lab.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/extremum.h"
#include "tensor/factories.h"
#include "tensor/join.h"
#include "tensor/matmul.h"
#include "tensor/reduce.h"
#include "tensor/trigonometric.h"
#include "tensor/views.h"

using namespace cadena;

namespace lab {

constexpr double kHidden = -std::numeric_limits<double>::infinity();

// Whether query i may see key j, of `queries` and `keys`. The last query stands at the last key.
inline bool visible(i64 i, i64 j, i64 queries, i64 keys) {
  const i64 here = i + keys - queries;  // below 0: the query stands before all keys
#if LAB_mask_causal
  return j <= here;
#elif LAB_mask_window
  return j <= here && j > here - 3;  // itself and the two before it
#endif
}

// Lab 5.1: softmax with masks.
//
// scores (n, m); an entry of -inf (kHidden) is hidden. Return, row by row, e^s / sum e^s. Hidden entries have the
// weight 0, and a row in which everything is hidden is all 0, not NaN. Scores of +-1000 are fine.
//
// APPROACH: subtract the row's maximum. Where it is -inf, there is nothing to divide.
//
// HINT 5.1: -inf - -inf is NaN, e^NaN is NaN, and NaN spreads: treat that row apart.
// HINT 5.1: copy(scores).mutable_data<double>() is an array of the values, row by row; loops are welcome.
Tensor masked_softmax(const Tensor& scores) {
  // BEGIN SOLUTION 5.1
  const Tensor result = copy(scores);
  const i64 n = scores.size(0), m = scores.size(1);
  for (i64 i = 0; i < n; ++i) {
    double* row = result.mutable_data<double>() + i * m;
    double largest = kHidden, total = 0;
    for (i64 j = 0; j < m; ++j) largest = std::max(largest, row[j]);
    for (i64 j = 0; j < m; ++j) {
      row[j] = largest == kHidden ? 0 : std::exp(row[j] - largest);
      total += row[j];
    }
    for (i64 j = 0; j < m; ++j) row[j] = total == 0 ? 0 : row[j] / total;
  }
  return result;
  // END SOLUTION
}

// Lab 5.2: back through the softmax.
//
// p (n, m) is the softmax of some scores, row by row; dp (n, m) is the cotangent of p. Return that of the scores, (n,
// m).
//
// APPROACH: the Jacobian of one row is diag(p) - p p^T. Multiply it by the row of dp, without forming it.
//
// HINT 5.2: row by row p * (dp - sum_j p_j dp_j).
Tensor softmax_vjp(const Tensor& p, const Tensor& dp) {
  // BEGIN SOLUTION 5.2
  return p * (dp - sum(p * dp, 1, true));
  // END SOLUTION
}

// Lab 5.3: attention.
//
// Return softmax(q k^T / sqrt(d)) v, (S, e), where query i sees the keys j with visible(i, j, S, T), the function
// above:
#if LAB_mask_causal
// all up to its own position.
#elif LAB_mask_window
                                     // its own position and the two before it.
#endif
// A query that sees no key has the output 0.
//
// APPROACH: scores, mask, Lab 5.1, product.
//
// HINT 5.3: the width d is q.size(1).
// HINT 5.3: write kHidden into the hidden scores before the softmax; zeros after it are too late, for the sum is wrong.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v) {
  // BEGIN SOLUTION 5.3
  const Tensor scores = copy(matmul(q, transpose(k)) / std::sqrt(static_cast<double>(q.size(1))));
  const i64 queries = q.size(0), keys = k.size(0);
  for (i64 i = 0; i < queries; ++i) {
    for (i64 j = 0; j < keys; ++j) {
      if (!visible(i, j, queries, keys)) scores.mutable_data<double>()[i * keys + j] = kHidden;
    }
  }
  return matmul(masked_softmax(scores), v);
  // END SOLUTION
}

// Lab 5.4: back through attention.
//
// With the cotangent dout (S, e) of the output of Lab 5.3, return those of q, k and v, in their shapes.
//
// APPROACH: the links of Lab 5.3 backwards: v and the weights from the product, the scores by Lab 5.2, q and k from
// their product. Where does the factor 1 / sqrt(d) stand?
//
// HINT 5.4: dV = P^T dO, dP = dO V^T.
// HINT 5.4: dQ = dS K / sqrt(d), dK = dS^T Q / sqrt(d); a hidden score has the weight 0, and so its dS is 0 by itself.
std::array<Tensor, 3> attend_vjp(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& dout) {
  // BEGIN SOLUTION 5.4
  const double factor = 1 / std::sqrt(static_cast<double>(q.size(1)));
  const Tensor scores = copy(matmul(q, transpose(k)) * factor);
  const i64 queries = q.size(0), keys = k.size(0);
  for (i64 i = 0; i < queries; ++i) {
    for (i64 j = 0; j < keys; ++j) {
      if (!visible(i, j, queries, keys)) scores.mutable_data<double>()[i * keys + j] = kHidden;
    }
  }
  const Tensor p = masked_softmax(scores);
  const Tensor ds = softmax_vjp(p, matmul(dout, transpose(v)));
  return {matmul(ds, k) * factor, matmul(transpose(ds), q) * factor, matmul(transpose(p), dout)};
  // END SOLUTION
}

// Lab 5.5: heads.
//
// x (n, w) holds the columns of all heads, w = heads * d. Return (heads, n, d): head a has
#if LAB_layout_blocks
// the columns a d, a d + 1, …, a d + d - 1.
#elif LAB_layout_strided
                                     // the columns a, a + heads, a + 2 heads, …
#endif
//
// APPROACH: reshape the columns into two axes, in the right order; move the axis of the heads to the front.
//
#if LAB_layout_blocks
// HINT 5.5: (n, heads, d), then (heads, n, d): cadena::permute(x, {1, 0, 2}). A reshape alone mixes rows.
#elif LAB_layout_strided
// HINT 5.5: (n, d, heads), then (heads, n, d): cadena::permute(x, {2, 0, 1}). A reshape alone mixes rows.
#endif
Tensor split(const Tensor& x, i64 heads) {
  // BEGIN SOLUTION 5.5
  const i64 n = x.size(0), d = x.size(1) / heads;
#if LAB_layout_blocks
  return permute(reshape(x, {n, heads, d}), {1, 0, 2});
#elif LAB_layout_strided
  return permute(reshape(x, {n, d, heads}), {2, 0, 1});
#endif
  // END SOLUTION
}

// Lab 5.6: rotary positions.
//
// x (n, d), d even; row r stands at the position t = first + r. Pair i = 0, …, d/2 - 1 of its columns is rotated by the
// angle t * 10000^(-2 i / d):  (a, b) becomes (a cos - b sin, a sin + b cos). Pair i consists of
#if LAB_pairs_halves
// the columns i and i + d/2.
#elif LAB_pairs_neighbours
// the columns 2 i and 2 i + 1.
#endif
// Return the result, (n, d).
//
// APPROACH: two loops, one pair at a time.
//
// HINT 5.6: read both numbers before you write either.
Tensor rotated(const Tensor& x, i64 first) {
  // BEGIN SOLUTION 5.6
  const Tensor result = copy(x);
  const i64 n = x.size(0), d = x.size(1);
  for (i64 r = 0; r < n; ++r) {
    double* row = result.mutable_data<double>() + r * d;
    for (i64 i = 0; i < d / 2; ++i) {
#if LAB_pairs_halves
      double &a = row[i], &b = row[i + d / 2];
#elif LAB_pairs_neighbours
      double &a = row[2 * i], &b = row[2 * i + 1];
#endif
      const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(d);
      const double angle = static_cast<double>(first + r) * std::pow(10000.0, exponent);
      const double c = std::cos(angle), s = std::sin(angle), old = a;
      a = old * c - b * s;
      b = old * s + b * c;
    }
  }
  return result;
  // END SOLUTION
}

// Lab 5.7: in blocks.
//
// Attention without a mask, softmax(q k^T / sqrt(d)) v, (S, e), and L (S, 1), the logarithm of each row's sum of
// e^score; return both. Take the keys `rows` at a time (the last block may be shorter), and keep for each query the
// largest score m so far, the sum l of e^(score - m), and the sum a of e^(score - m) v. The matrix of all scores must
// never exist: one of the tests has no room for it.
//
// APPROACH: the recurrence (5.16) of the chapter. A block with a larger score turns l and a into those of the new m.
//
// HINT 5.7: m_new = maximum(m, max(scores, 1, true)); l = l e^(m - m_new) + sum of e^(scores - m_new).
// HINT 5.7: in the end out = a / l and L = m + ln l.
// HINT 5.7: slice(k, 0, {.start = j, .stop = std::min(j + rows, keys)}) is a block; m begins at -inf, and e^-inf is 0.
std::array<Tensor, 2> blockwise(const Tensor& q, const Tensor& k, const Tensor& v, i64 rows) {
  // BEGIN SOLUTION 5.7
  const i64 keys = k.size(0);
  Tensor m = full({q.size(0), 1}, kHidden, Dtype::f64), l = zeros({q.size(0), 1}, Dtype::f64);
  Tensor a = zeros({q.size(0), v.size(1)}, Dtype::f64);
  for (i64 j = 0; j < keys; j += rows) {
    const Range block{.start = j, .stop = std::min(j + rows, keys)};
    const Tensor scores = matmul(q, transpose(slice(k, 0, block))) / std::sqrt(static_cast<double>(q.size(1)));
    const Tensor largest = maximum(m, max(scores, 1, true));
    const Tensor p = exp(scores - largest), shrink = exp(m - largest);
    l = l * shrink + sum(p, 1, true);
    a = a * shrink + matmul(p, slice(v, 0, block));
    m = largest;
  }
  return {a / l, m + log(l)};
  // END SOLUTION
}

}  // namespace lab
