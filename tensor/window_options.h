#pragma once

#include <algorithm>

#include "tensor/base/window.h"

// What convolutions and poolings ask of the numbers that say how a window moves.
namespace cadena::detail {

inline constexpr i64 kLargestOption = i64{1} << 31;  // options and extents below it cannot overflow

/// Throws ValueError naming `op` and `option` unless `value`, a number or a Pair, is at least `least` and less than
/// `kLargestOption`.
template <class Value>
void check_option(const char* op, const char* option, Value value, i64 least) {
  const Pair extents(value);
  if (std::min(extents.h, extents.w) < least) {
    fail<ValueError>(op, ": ", option, " is ", value, ", expected at least ", least);
  }
  if (std::max(extents.h, extents.w) >= kLargestOption) {
    fail<ValueError>(op, ": ", option, " is ", value, ", expected less than ", kLargestOption);
  }
}

}  // namespace cadena::detail
