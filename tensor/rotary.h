#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// x (…, S, D) with each pair \f$ (x_{2i}, x_{2i+1}) \f$ of row p turned by the angle
/// \f$ (p + \text{offset})\, b^{-2i/D} \f$ with b = `base`, so that the dot product of two rows depends on their
/// distance (Su et al. 2021, RoFormer). `inverse` turns the other way. `offset` is the position of the first row.
/// Throws ShapeError unless there are two axes and D is even, DtypeError unless x is floating, ValueError unless base >
/// 0.
Tensor rotary_embedding(const Tensor& x, i64 offset = 0, double base = 10000, bool inverse = false);

}  // namespace cadena
