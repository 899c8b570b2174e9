#pragma once

#include <string_view>

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace cadena {

/// Inputs for samples, in f64: the same for the same op on every machine, because the seed comes from its name.
class Draw {
 public:
  /// Draws by a seed that is a hash of the op's name.
  explicit Draw(std::string_view op);

  /// Standard normal.
  Tensor normal(const Shape& shape);
  /// Uniform on [low, high).
  Tensor uniform(const Shape& shape, double low, double high);
  /// Of either sign, with a distance of at least `gap` from 0: for formulas with a kink or a pole there.
  Tensor away_from_zero(const Shape& shape, double gap = 0.1);
  /// Distinct values at least `gap` apart, in random order: for maxima and sorting.
  Tensor distinct(const Shape& shape, double gap = 0.1);
  /// Integers in [low, high), i64.
  Tensor integers(const Shape& shape, i64 low, i64 high);
  /// A batch of well-conditioned square matrices: random plus a multiple of the identity.
  Tensor invertible(const Shape& shape);
  /// A batch of symmetric positive definite matrices.
  Tensor positive_definite(const Shape& shape);

 private:
  Generator generator_;
};

}  // namespace cadena
