#include "tensor/cpu/elementwise.h"

namespace cadena::cpu {

void convert(const View& y, const View& x) {
  by_dtype("convert", y.dtype, [&]<class Y>() {
    by_dtype("convert", x.dtype,
             [&]<class X>() { map<Y, X>(y, x, [](auto value) { return static_cast<compute_t<Y>>(value); }); });
  });
}

}  // namespace cadena::cpu
