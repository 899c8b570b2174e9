#include "tensor/cpu/triangular.h"

#include <algorithm>
#include <utility>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// Copies columns `kept(row)` = [first, last) of every row, zeros elsewhere.
template <class F>
void keep_columns(const View& y, const View& x, F kept) {
  if (x.numel() == 0) return;
  const i64 rows = x.shape[x.rank - 2];
  const i64 columns = x.shape[x.rank - 1];
  const i64 to_step = y.strides[y.rank - 1];
  const i64 from_step = x.strides[x.rank - 1];
  by_dtype("triangle", x.dtype, [&]<class T>() {
    parallel_for(x.numel() / columns, kGrain / columns + 1, [&](i64 begin, i64 end) {
      for (i64 i = begin; i < end; ++i) {
        T* to = y.as<T>() + row_offset(y, i);
        const T* from = x.as<T>() + row_offset(x, i);
        const auto [first, last] = kept(i % rows, columns);
        for (i64 j = 0; j < columns; ++j) to[j * to_step] = j >= first && j < last ? from[j * from_step] : T{};
      }
    });
  });
}

}  // namespace

void tril(const View& y, const View& x, i64 diagonal) {
  keep_columns(y, x, [diagonal](i64 row, i64 columns) {
    const i64 bounded = std::clamp(diagonal, -row - 1, columns);
    return std::pair<i64, i64>(0, row + bounded + 1);
  });
}

void triu(const View& y, const View& x, i64 diagonal) {
  keep_columns(y, x, [diagonal](i64 row, i64 columns) {
    const i64 bounded = std::clamp(diagonal, -row, columns);
    return std::pair<i64, i64>(row + bounded, columns);
  });
}

}  // namespace cadena::cpu
