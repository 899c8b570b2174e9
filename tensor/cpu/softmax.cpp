#include "tensor/cpu/softmax.h"

#include <cmath>

#include "tensor/base/scalar_exp.h"
#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// Calls `f(row of y, row of x…, n)` for every row along the last axis of views of one shape, on all threads. Rows lie
/// side by side in the compute type, and those of y not where those of x lie.
template <class T, class F, class... X>
void map_rows(F f, const View& y, const X&... x) {
  const i64 n = y.shape[y.rank - 1];
  if (y.numel() == 0) return;
  parallel_for(y.numel() / n, kGrain / n + 1, [&](i64 begin, i64 end) {
    visit_rows(
        begin, end, [&](i64, auto* out, const auto*... in) { f(out, in..., n); }, PackedRows<T>(y),
        PackedRows<const T>(x)...);
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

/// s (ds - the sum of ds s).
template <class C>
void softmax_backward_row(C* __restrict dx, const C* __restrict ds, const C* __restrict s, i64 n) {
  const C sum = total<C>(0, n, [=](i64 i) { return ds[i] * s[i]; });
  for (i64 i = 0; i < n; ++i) dx[i] = s[i] * (ds[i] - sum);
}

/// dy - e^y times the sum of dy, over that of e^y.
template <class C>
void log_softmax_backward_row(C* __restrict dx, const C* __restrict dy, const C* __restrict y, i64 n) {
  for (i64 i = 0; i < n; ++i) dx[i] = scalar::exp(y[i]);
  const C sum = total<C>(0, n, [=](i64 i) { return dy[i]; });
  const C scale = sum / total<C>(0, n, [=](i64 i) { return dx[i]; });
  for (i64 i = 0; i < n; ++i) dx[i] = dy[i] - dx[i] * scale;
}

}  // namespace

void softmax(const View& y, const View& x) {
  by_float("softmax", x.dtype, [&]<class T>() { map_rows<T>(softmax_row<compute_t<T>>, y, x); });
}

void log_softmax(const View& y, const View& x) {
  by_float("log_softmax", x.dtype, [&]<class T>() { map_rows<T>(log_softmax_row<compute_t<T>>, y, x); });
}

void softmax_backward(const View& dx, const View& ds, const View& s) {
  by_float("softmax", s.dtype, [&]<class T>() { map_rows<T>(softmax_backward_row<compute_t<T>>, dx, ds, s); });
}

void log_softmax_backward(const View& dx, const View& dy, const View& y) {
  by_float("log_softmax", y.dtype, [&]<class T>() { map_rows<T>(log_softmax_backward_row<compute_t<T>>, dx, dy, y); });
}

}  // namespace cadena::cpu
