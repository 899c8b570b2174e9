#include "tensor/cpu/clip.h"

#include <cmath>
#include <vector>

#include "tensor/cpu/loops.h"

namespace cadena::cpu {
namespace {

constexpr i64 kBlock = 4096;

/// `merge` of f(|x_i|) over each block of kBlock elements, then over the blocks in order.
template <class F, class Merge>
double reduce_magnitudes(const View& x, F f, Merge merge) {
  const i64 n = x.numel();
  std::vector<double> partial(static_cast<std::size_t>((n + kBlock - 1) / kBlock), 0.0);
  by_float("vector_norm", x.dtype, [&]<class T>() {
    const StridedLoop<1> loop({x});
    const T* data = x.as<T>();
    parallel_for(static_cast<i64>(partial.size()), kGrain / kBlock, [&](i64 first, i64 last) {
      for (i64 block = first; block < last; ++block) {
        double total = 0;
        auto add = [&](i64 count, const auto& at, const auto& step) {
          for (i64 i = 0; i < count; ++i) {
            total =
                merge(total, f(std::abs(static_cast<double>(static_cast<compute_t<T>>(data[at[0] + i * step[0]])))));
          }
        };
        loop.run_range(block * kBlock, std::min(n, (block + 1) * kBlock), add);
        partial[static_cast<std::size_t>(block)] = total;
      }
    });
  });
  double total = 0;
  for (double part : partial) total = merge(total, part);
  return total;
}

}  // namespace

double vector_norm(const View& x, double p) {
  const auto plus = [](double a, double b) { return a + b; };
  const auto larger = [](double a, double b) { return a >= b || std::isnan(a) ? a : b; };
  if (std::isinf(p))
    return reduce_magnitudes(
        x, [](double v) { return v; }, larger);
  if (p == 1)
    return reduce_magnitudes(
        x, [](double v) { return v; }, plus);
  if (p == 2)
    return std::sqrt(reduce_magnitudes(
        x, [](double v) { return v * v; }, plus));
  return std::pow(reduce_magnitudes(
                      x, [p](double v) { return std::pow(v, p); }, plus),
                  1 / p);
}

}  // namespace cadena::cpu
