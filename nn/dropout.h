#pragma once

#include "nn/module.h"
#include "tensor/random.h"

namespace cadena::nn {

/// In training, each element is set to 0 with probability p and the others are divided by 1 - p, so that the
/// expectation stays; in evaluation, x itself. The state of the random numbers is the buffer "random" (2,), so a
/// network that is saved and loaded continues with the same masks. Srivastava et al., "Dropout", 2014.
class Dropout : public Layer {
 public:
  /// Takes a seed of its own from `generator`. Throws ValueError unless 0 <= p < 1.
  Dropout(double p, Generator& generator);

  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  double p_;
  Variable random_;  // Generator::state, i64
};

}  // namespace cadena::nn
