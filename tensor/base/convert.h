#pragma once

#include <limits>
#include <type_traits>

#include "tensor/base/dtype.h"
#include "tensor/base/host_device.h"

namespace cadena {

/// x as a Y, as elements change their dtype. A real becomes an integer by dropping its fraction; beyond the integers it
/// becomes the nearest of them, and NaN becomes 0: the same on every device, where plain C++ leaves it undefined.
template <class Y, class X>
CADENA_HOST_DEVICE Y convert_to(X x) {
  if constexpr (std::is_floating_point_v<X> && std::is_same_v<Y, i64>) {
    constexpr X kBound = static_cast<X>(0x1p63);  // one more than the largest i64, which no X holds exactly
    if (x >= kBound) return std::numeric_limits<i64>::max();
    if (x < -kBound) return std::numeric_limits<i64>::min();
    return x >= -kBound ? static_cast<i64>(x) : 0;  // NaN is not
  } else {
    return static_cast<Y>(x);
  }
}

}  // namespace cadena
