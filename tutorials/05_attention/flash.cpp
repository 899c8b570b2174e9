#include "tutorials/05_attention/flash.h"

#include <cmath>
#include <limits>

#include "cadena.h"

namespace cadena::tutorials {
namespace {

Tensor rows_of(const Tensor& x, i64 start, i64 count) { return slice(x, 0, {.start = start, .stop = start + count}); }

double size_of(const Tensor& x) { return static_cast<double>(x.numel()); }

}  // namespace

//! [forward]
FlashForward flash_forward(const Tensor& q, const Tensor& k, const Tensor& v, i64 rows) {
  const double alpha = 1 / std::sqrt(static_cast<double>(q.size(1)));
  std::vector<Tensor> outs, sums;
  FlashForward result;
  for (i64 i = 0; i < q.size(0); i += rows) {
    const Tensor qi = rows_of(q, i, rows);
    Tensor m = full({qi.size(0), 1}, -std::numeric_limits<double>::infinity(), q.dtype());  // largest score
    Tensor l = zeros({qi.size(0), 1}, q.dtype());                                           // sum of exponentials
    Tensor a = zeros({qi.size(0), v.size(1)}, q.dtype());                                   // weighted values
    result.moved += size_of(qi);
    for (i64 j = 0; j < k.size(0); j += rows) {
      const Tensor kj = rows_of(k, j, rows), vj = rows_of(v, j, rows);
      const Tensor s = alpha * matmul(qi, transpose(kj));
      const Tensor largest = maximum(m, max(s, {1}, true));
      const Tensor p = exp(s - largest), rescale = exp(m - largest);
      l = rescale * l + sum(p, {1}, true);
      a = rescale * a + matmul(p, vj);
      m = largest;
      result.moved += size_of(kj) + size_of(vj);
    }
    outs.push_back(a / l);
    sums.push_back(m + log(l));
    result.moved += size_of(a) + size_of(l);
  }
  result.out = concat(outs, 0);
  result.lse = concat(sums, 0);
  return result;
}
//! [forward]

//! [backward]
FlashBackward flash_backward(const Tensor& dout, const Tensor& q, const Tensor& k, const Tensor& v,
                             const FlashForward& forward, i64 rows) {
  const double alpha = 1 / std::sqrt(static_cast<double>(q.size(1)));
  const Tensor d = sum(dout * forward.out, {1}, true);  // (5.6)
  FlashBackward result{zeros_like(q), zeros_like(k), zeros_like(v)};
  result.moved = 2 * size_of(dout) + size_of(d);
  for (i64 j = 0; j < k.size(0); j += rows) {
    const Tensor kj = rows_of(k, j, rows), vj = rows_of(v, j, rows);
    const Tensor dk = rows_of(result.k, j, rows), dv = rows_of(result.v, j, rows);
    for (i64 i = 0; i < q.size(0); i += rows) {
      const Tensor qi = rows_of(q, i, rows), doi = rows_of(dout, i, rows), dq = rows_of(result.q, i, rows);
      const Tensor p = exp(alpha * matmul(qi, transpose(kj)) - rows_of(forward.lse, i, rows));  // (5.17)
      const Tensor ds = p * (matmul(doi, transpose(vj)) - rows_of(d, i, rows));
      add_into(dv, matmul(transpose(p), doi));
      add_into(dk, alpha * matmul(transpose(ds), qi));
      add_into(dq, alpha * matmul(ds, kj));
      result.moved += size_of(qi) + size_of(doi) + 2 * size_of(dq) + 2 * size_of(rows_of(d, i, rows));
    }
    result.moved += 2 * (size_of(kj) + size_of(vj));
  }
  return result;
}
//! [backward]

ThreeKernels three_kernels(const Tensor& q, const Tensor& k, const Tensor& v) {
  ThreeKernels result;
  const auto kernel = [&](const std::vector<Tensor>& read, const Tensor& written) {
    for (const Tensor& x : read) result.moved += size_of(x);
    result.moved += size_of(written);
    return written;
  };
  const Tensor s = kernel({q, k}, matmul(q, transpose(k)) / std::sqrt(static_cast<double>(q.size(1))));
  const Tensor p = kernel({s}, softmax(s, 1));
  result.out = kernel({p, v}, matmul(p, v));
  return result;
}

}  // namespace cadena::tutorials
