#include "tensor/cpu/softmax.h"

#include <cmath>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// The largest element, and NaN if there is one: std::max alone would drop it.
template <class T>
compute_t<T> row_max(const Row<T>& x, i64 n) {
  compute_t<T> m = x[0];
  for (i64 i = 1; i < n; ++i) m = x[i] > m || std::isnan(x[i]) ? x[i] : m;
  return m;
}

}  // namespace

void softmax(const View& y, const View& x) {
  by_float("softmax", x.dtype, [&]<class T>() {
    for_each_row<T>(y, x, [](Row<T> s, Row<T> row, i64 n) {
      using C = compute_t<T>;
      const C m = row_max(row, n);
      C total = 0;
      for (i64 i = 0; i < n; ++i) total += std::exp(row[i] - m);
      for (i64 i = 0; i < n; ++i) s.set(i, std::exp(row[i] - m) / total);
    });
  });
}

void log_softmax(const View& y, const View& x) {
  by_float("log_softmax", x.dtype, [&]<class T>() {
    for_each_row<T>(y, x, [](Row<T> out, Row<T> row, i64 n) {
      using C = compute_t<T>;
      const C m = row_max(row, n);
      C total = 0;
      for (i64 i = 0; i < n; ++i) total += std::exp(row[i] - m);
      const C log_total = std::log(total);
      for (i64 i = 0; i < n; ++i) out.set(i, row[i] - m - log_total);
    });
  });
}

}  // namespace cadena::cpu
