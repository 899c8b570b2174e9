#pragma once

#include "tensor/base/dtype.h"

namespace cadena::cpu {

/// n elements, `step` apart, widened to the compute type and laid side by side.
template <class C, class T>
void copy_run(C* __restrict to, const T* from, i64 n, i64 step) {
  if (step == 1) {
    for (i64 q = 0; q < n; ++q) to[q] = static_cast<C>(from[q]);
  } else {
    for (i64 q = 0; q < n; ++q) to[q] = static_cast<C>(from[q * step]);
  }
}

}  // namespace cadena::cpu
