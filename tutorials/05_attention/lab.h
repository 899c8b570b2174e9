#pragma once

#include <array>

#include "tensor/tensor.h"

namespace lab {

using cadena::i64;
using cadena::Tensor;

/// Lab 5.1: the softmax of each row, some of whose scores are hidden.
Tensor masked_softmax(const Tensor& scores);

/// Lab 5.2: the vector-Jacobian product of the softmax of each row.
Tensor softmax_vjp(const Tensor& p, const Tensor& dp);

/// Lab 5.3: attention.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v);

/// Lab 5.4: the cotangents of queries, keys and values.
std::array<Tensor, 3> attend_vjp(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& dout);

/// Lab 5.5: one matrix for each head.
Tensor split(const Tensor& x, i64 heads);

/// Lab 5.6: rotary positions.
Tensor rotated(const Tensor& x, i64 first);

/// Lab 5.7: attention over blocks of keys, and the logarithm of each row's sum.
std::array<Tensor, 2> blockwise(const Tensor& q, const Tensor& k, const Tensor& v, i64 rows);

}  // namespace lab
