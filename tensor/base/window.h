#pragma once

#include <string>

#include "tensor/base/dtype.h"
#include "tensor/base/error.h"

namespace cadena {

/// A height and a width; one number stands for both.
struct Pair {
  i64 h;
  i64 w;
  constexpr Pair(i64 both) : h(both), w(both) {}
  constexpr Pair(i64 height, i64 width) : h(height), w(width) {}
  friend constexpr bool operator==(Pair, Pair) = default;
};

/// "(3, 5)".
inline std::string to_string(Pair p) { return concat("(", p.h, ", ", p.w, ")"); }

/// How the kernel of a convolution moves over the image. Output position o looks at the input positions
/// \f$ o \cdot \mathrm{stride} - \mathrm{padding} + k \cdot \mathrm{dilation} \f$; those outside the image count as
/// zero.
struct ConvOptions {
  Pair stride = 1;
  Pair padding = 0;
  Pair dilation = 1;
  i64 groups = 1;  ///< channels are cut into this many groups, and each output channel sees one group
};

/// The positions begin, begin + step, … below end that one output position of a pooling looks at along one axis, and
/// the number by which the sum is divided along that axis (which may count padding).
struct Window {
  i64 begin;
  i64 end;
  i64 step;
  i64 divisor;
};

}  // namespace cadena
