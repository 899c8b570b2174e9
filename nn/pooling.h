#pragma once

#include "nn/module.h"
#include "tensor/pooling.h"

namespace cadena::nn {

/// The largest element of each window of an image: (n, c, h, w) -> (n, c, oh, ow).
class MaxPool2d : public Layer {
 public:
  /// With windows of extents `kernel`.
  explicit MaxPool2d(Pair kernel, const MaxPoolOptions& options = {}) : kernel_(kernel), options_(options) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  Pair kernel_;
  MaxPoolOptions options_;
};

/// The mean of each window of an image: (n, c, h, w) -> (n, c, oh, ow).
class AvgPool2d : public Layer {
 public:
  /// With windows of extents `kernel`.
  explicit AvgPool2d(Pair kernel, const AvgPoolOptions& options = {}) : kernel_(kernel), options_(options) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  Pair kernel_;
  AvgPoolOptions options_;
};

/// Means over windows that cut any image into `out` parts: (n, c, h, w) -> (n, c, out.h, out.w).
class AdaptiveAvgPool2d : public Layer {
 public:
  /// With an image of extents `out` as the result.
  explicit AdaptiveAvgPool2d(Pair out) : out_(out) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  Pair out_;
};

}  // namespace cadena::nn
