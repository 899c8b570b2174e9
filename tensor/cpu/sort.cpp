#include "tensor/cpu/sort.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <vector>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// a < b, with NaN after every number; x != x is true of NaN alone.
template <class C>
bool precedes(C a, C b) {
  return a < b || (a == a && b != b);
}

}  // namespace

void sort(const View& values, const View& indices, const View& x, bool descending) {
  const int last = x.rank - 1;
  const i64 n = x.shape[last], k = values.shape[last];
  if (values.numel() == 0) return;
  const i64 cost = n * static_cast<i64>(std::bit_width(static_cast<std::uint64_t>(n)));
  by_dtype("sort", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    parallel_for(values.numel() / k, kGrain / cost + 1, [&](i64 begin, i64 end) {
      std::vector<i64> order(static_cast<std::size_t>(n));
      for (i64 r = begin; r < end; ++r) {
        const T* row = x.as<T>() + row_offset(x, r);
        const i64 step = x.strides[last];
        const auto at = [&](i64 i) { return static_cast<C>(row[i * step]); };
        const auto before = [&](i64 i, i64 j) {  // positions break ties, so any algorithm is stable
          const C a = at(i), b = at(j);
          if (descending ? precedes(b, a) : precedes(a, b)) return true;
          if (descending ? precedes(a, b) : precedes(b, a)) return false;
          return i < j;
        };
        std::iota(order.begin(), order.end(), i64{0});
        if (k == n) std::sort(order.begin(), order.end(), before);
        else std::partial_sort(order.begin(), order.begin() + k, order.end(), before);
        T* value = values.as<T>() + row_offset(values, r);
        i64* index = indices.as<i64>() + row_offset(indices, r);
        for (i64 i = 0; i < k; ++i) {
          const i64 from = order[static_cast<std::size_t>(i)];
          value[i * values.strides[last]] = row[from * step];
          index[i * indices.strides[last]] = from;
        }
      }
    });
  });
}

}  // namespace cadena::cpu
