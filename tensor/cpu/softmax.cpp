#include "tensor/cpu/softmax.h"

#include <cmath>

#include "tensor/base/scalar_exp.h"
#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// Calls `f(row of y, row of x, n)` for every row along the last axis of two views of one shape, on all threads. Rows
/// lie side by side in the compute type, and those of y not where those of x lie.
template <class T, class F>
void for_each_packed_row(const View& y, const View& x, F f) {
  const i64 n = x.shape[x.rank - 1];
  if (x.numel() == 0) return;
  parallel_for(x.numel() / n, kGrain / n + 1, [&](i64 begin, i64 end) {
    PackedRows<T> out(y), in(x);
    for (i64 r = begin; r < end; ++r) {
      f(out.place(r), in.load(r), n);
      out.store(r);
    }
  });
}

/// e^(x - m) / sum of e^(x - m) with m the largest x: no exponential overflows.
template <class C>
void softmax_row(C* __restrict s, const C* __restrict x, i64 n) {
  const C m = largest(x, n);
  for (i64 i = 0; i < n; ++i) s[i] = scalar::exp(x[i] - m);
  const C sum = total<C>(0, n, [s](i64 i) { return s[i]; });
  for (i64 i = 0; i < n; ++i) s[i] /= sum;
}

/// (x - m) - ln of the sum of e^(x - m).
template <class C>
void log_softmax_row(C* __restrict y, const C* __restrict x, i64 n) {
  const C m = largest(x, n);
  const C log_sum = std::log(total<C>(0, n, [=](i64 i) { return scalar::exp(x[i] - m); }));
  for (i64 i = 0; i < n; ++i) y[i] = x[i] - m - log_sum;
}

}  // namespace

void softmax(const View& y, const View& x) {
  by_float("softmax", x.dtype, [&]<class T>() { for_each_packed_row<T>(y, x, softmax_row<compute_t<T>>); });
}

void log_softmax(const View& y, const View& x) {
  by_float("log_softmax", x.dtype, [&]<class T>() { for_each_packed_row<T>(y, x, log_softmax_row<compute_t<T>>); });
}

}  // namespace cadena::cpu
