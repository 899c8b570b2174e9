#include "tensor/cpu/rotary.h"

#include <cmath>
#include <vector>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {

void rotary_embedding(const View& y, const View& x, i64 offset, double base, bool inverse) {
  const i64 rows = x.shape[x.rank - 2], depth = x.shape[x.rank - 1], pairs = depth / 2;
  if (x.numel() == 0) return;
  by_float("rotary_embedding", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    std::vector<C> table(static_cast<std::size_t>(rows * depth));  // cosine and sine for each position and pair
    for (i64 i = 0; i < pairs; ++i) {
      const double frequency = std::pow(base, -2 * static_cast<double>(i) / static_cast<double>(depth));
      for (i64 p = 0; p < rows; ++p) {
        const double angle = (static_cast<double>(p) + static_cast<double>(offset)) * frequency;
        C* entry = table.data() + p * depth + 2 * i;
        entry[0] = static_cast<C>(std::cos(angle));
        entry[1] = static_cast<C>(inverse ? -std::sin(angle) : std::sin(angle));
      }
    }
    parallel_for(x.numel() / depth, kGrain / depth + 1, [&](i64 begin, i64 end) {
      for (i64 r = begin; r < end; ++r) {
        const Row<T> in(x.as<T>() + row_offset(x, r), x.strides[x.rank - 1]);
        const Row<T> out(y.as<T>() + row_offset(y, r), y.strides[y.rank - 1]);
        const C* turn = table.data() + r % rows * depth;
        for (i64 i = 0; i < depth; i += 2) {
          const C a = in[i], b = in[i + 1];
          out.set(i, a * turn[i] - b * turn[i + 1]);
          out.set(i + 1, a * turn[i + 1] + b * turn[i]);
        }
      }
    });
  });
}

}  // namespace cadena::cpu
