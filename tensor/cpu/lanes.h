#pragma once

#include "tensor/base/dtype.h"

/// The order of long sums: n terms are cut into leaves, and the lanes of a leaf take its terms in turn, so that it runs
/// in vectors. Lanes, and then leaves, are added halves first.
namespace cadena::cpu {

inline constexpr i64 kLanes = 16;
inline constexpr i64 kLeaf = 16 * kLanes;

}  // namespace cadena::cpu
