#include "tensor/cpu/elementwise.h"

#include "tensor/base/convert.h"

#include <algorithm>

namespace cadena::cpu {

void fill(const View& y, Number value) {
  by_dtype("fill", y.dtype, [&]<class T>() {
    const T element = static_cast<T>(value.as<compute_t<T>>());
    if (y.is_contiguous()) return std::fill_n(y.as<T>(), y.numel(), element), void();
    StridedLoop<1>({y}).run([&](i64 n, const auto& at, const auto& step) {
      T* q = y.as<T>() + at[0];
      if (step[0] == 1) std::fill_n(q, n, element);
      else
        for (i64 i = 0; i < n; ++i) q[i * step[0]] = element;
    });
  });
}

void convert(const View& y, const View& x) {
  by_dtype("convert", y.dtype, [&]<class Y>() {
    by_dtype("convert", x.dtype,
             [&]<class X>() { map<Y, X>(y, x, [](auto value) { return convert_to<compute_t<Y>>(value); }); });
  });
}

}  // namespace cadena::cpu
