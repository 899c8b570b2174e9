#include "tensor/cpu/scan.h"

#include <type_traits>
#include <vector>

#include "tensor/base/scalar.h"
#include "tensor/cpu/rows.h"

namespace cadena::cpu {

void cumsum(const View& y, const View& x) {
  by_number("cumsum", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    using Total = std::conditional_t<std::is_same_v<T, float>, double, C>;
    for_each_row<T>(y, x, [](Row<T> out, Row<T> row, i64 n) {
      Total total = 0;
      for (i64 i = 0; i < n; ++i) {
        total = scalar::Add{}(total, static_cast<Total>(row[i]));
        out.set(i, static_cast<C>(total));
      }
    });
  });
}

void exclusive_prod(const View& y, const View& x) {
  by_number("exclusive_prod", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    for_each_row<T>(y, x, [](Row<T> out, Row<T> row, i64 n) {
      constexpr scalar::Mul kTimes;
      std::vector<C> before(static_cast<std::size_t>(n), 1);
      for (i64 i = 1; i < n; ++i) {
        before[static_cast<std::size_t>(i)] = kTimes(before[static_cast<std::size_t>(i - 1)], row[i - 1]);
      }
      C after = 1;
      for (i64 i = n - 1; i >= 0; --i) {
        out.set(i, kTimes(before[static_cast<std::size_t>(i)], after));
        after = kTimes(after, row[i]);
      }
    });
  });
}

}  // namespace cadena::cpu
