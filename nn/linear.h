#pragma once

#include "nn/module.h"
#include "tensor/random.h"

namespace cadena::nn {

/// \f$ y = x W^T + b \f$: (…, in) -> (…, out), with "weight" (out, in) and "bias" (out,).
class Linear : public Layer {
 public:
  /// Weights and bias uniform on \f$ \pm 1 / \sqrt{\mathrm{in}} \f$. Throws ValueError unless both widths are positive.
  Linear(i64 in, i64 out, Generator& generator, bool bias = true);

  /// Throws ShapeError unless the last axis of x has extent `in`.
  Variable forward(const Variable& x) override;
  std::string description() const override;

  /// W, (out, in).
  const Variable& weight() const { return weight_; }
  /// Undefined without bias.
  const Variable& bias() const { return bias_; }

 private:
  Variable weight_, bias_;
};

}  // namespace cadena::nn
