#include "tensor/cpu/scan.h"

#include <type_traits>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {

void cumsum(const View& y, const View& x) {
  by_number("cumsum", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    using Total = std::conditional_t<std::is_same_v<T, float>, double, C>;
    for_each_row<T>(y, x, [](Row<T> out, Row<T> row, i64 n) {
      Total total = 0;
      for (i64 i = 0; i < n; ++i) {
        total += static_cast<Total>(row[i]);
        out.set(i, static_cast<C>(total));
      }
    });
  });
}

}  // namespace cadena::cpu
