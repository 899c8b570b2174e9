#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "tensor/tensor.h"

namespace cadena {

/// Einstein's sum: each letter names an axis, letters missing on the right of the arrow are summed over.
/// `einsum("ij,jk->ik", {a, b})`: \f$ y_{ik} = \sum_j a_{ij} b_{jk} \f$. A letter repeated within one term reads the
/// diagonal; `...` stands for any axes; an axis of extent 1 broadcasts to a longer one of its name; without an arrow
/// the letters that occur once are kept in ASCII order, behind the axes of `...`. Operands are contracted from left to
/// right, each pair by one matmul (of axes permuted and merged) or one product, so the order in which they are written
/// decides the cost. A view where nothing is computed. Throws ShapeError that quotes the equation: a term that does not
/// fit its operand, extents that differ, an output letter that occurs twice or in no input, a stray character; and
/// DtypeError for a product of masks.
Tensor einsum(std::string_view equation, std::span<const Tensor> operands);
Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands);

}  // namespace cadena
