#pragma once

#include <string>

#include "tensor/base/dtype.h"
#include "tensor/base/error.h"

namespace cadena {

/// A height and a width; one number stands for both.
struct Pair {
  i64 h;  ///< height
  i64 w;  ///< width
  /// The same for both, or each.
  constexpr Pair(i64 both) : h(both), w(both) {}
  constexpr Pair(i64 height, i64 width) : h(height), w(width) {}
  /// Equal in height and width.
  friend constexpr bool operator==(Pair, Pair) = default;
};

/// "(3, 5)".
inline std::string to_string(Pair p) { return concat("(", p.h, ", ", p.w, ")"); }

/// How the kernel of a convolution moves over the image. Output position o looks at the input positions
/// \f$ o \cdot \mathrm{stride} - \mathrm{padding} + k \cdot \mathrm{dilation} \f$; those outside the image count as
/// zero.
struct ConvOptions {
  Pair stride = 1;    ///< between neighbouring output positions
  Pair padding = 0;   ///< rows and columns of zeros on each side
  Pair dilation = 1;  ///< between neighbouring elements of the kernel
  i64 groups = 1;     ///< channels are cut into this many groups, and each output channel sees one group
};

/// The positions begin, begin + step, … below end that one output position of a pooling looks at along one axis, and
/// the number by which the sum is divided along that axis (which may count padding).
struct Window {
  i64 begin;    ///< the first position
  i64 end;      ///< past the last one
  i64 step;     ///< the dilation
  i64 divisor;  ///< of the sum along this axis
};

}  // namespace cadena
