// What chapter 1 counts: the multiplications of a product of Jacobians, and the values a checkpointed chain keeps.
#pragma once

#include <algorithm>
#include <vector>

#include "cadena.h"

namespace cadena::tutorials {

/// A product of matrices, and how many multiplications it took.
struct CountedProduct {
  Tensor value;
  double multiplications = 0;
};

/// a b by the definition: m n k multiplications for (m, k) times (k, n).
inline CountedProduct times(const CountedProduct& a, const CountedProduct& b) {
  const auto count = static_cast<double>(a.value.size(0) * a.value.size(1) * b.value.size(1));
  return {matmul(a.value, b.value), a.multiplications + b.multiplications + count};
}

//! [orders]
/// J_L … J_1 from the right, as forward mode does. `jacobians` are in the order of the computation, J_1 first.
inline CountedProduct forward_order(const std::vector<Tensor>& jacobians) {
  CountedProduct product{jacobians.front()};
  for (std::size_t l = 1; l < jacobians.size(); ++l) product = times({jacobians[l]}, product);
  return product;
}

/// J_L … J_1 from the left, as reverse mode does.
inline CountedProduct reverse_order(const std::vector<Tensor>& jacobians) {
  CountedProduct product{jacobians.back()};
  for (std::size_t l = jacobians.size() - 1; l-- > 0;) product = times(product, {jacobians[l]});
  return product;
}
//! [orders]

/// The most values alive at once while the backward pass runs over a chain of n links that keeps every s-th value and
/// computes the s values of a segment again when it gets there.
inline i64 most_alive(i64 n, i64 s) {
  const i64 kept = (n + s - 1) / s;
  i64 most = 0;
  for (i64 segment = kept; segment > 0; --segment) {
    const i64 links = std::min(s, n - (segment - 1) * s);
    most = std::max(most, kept + links);
  }
  return most;
}

}  // namespace cadena::tutorials
