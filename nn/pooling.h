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

/// The largest elements of windows that cut any image into `out` parts: (n, c, h, w) -> (n, c, out.h, out.w).
class AdaptiveMaxPool2d : public Layer {
 public:
  /// With an image of extents `out` as the result.
  explicit AdaptiveMaxPool2d(Pair out) : out_(out) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  Pair out_;
};

/// The largest element of each window of a sequence: (n, c, l) -> (n, c, ol).
class MaxPool1d : public Layer {
 public:
  /// With windows of `kernel` elements that move by `stride`, or by their own extent where that is 0.
  explicit MaxPool1d(i64 kernel, i64 stride = 0, i64 padding = 0)
      : kernel_(kernel), stride_(stride), padding_(padding) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  i64 kernel_, stride_, padding_;
};

/// The mean of each window of a sequence: (n, c, l) -> (n, c, ol).
class AvgPool1d : public Layer {
 public:
  /// With windows of `kernel` elements that move by `stride`, or by their own extent where that is 0.
  explicit AvgPool1d(i64 kernel, i64 stride = 0, i64 padding = 0)
      : kernel_(kernel), stride_(stride), padding_(padding) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  i64 kernel_, stride_, padding_;
};

/// Means over windows that cut any sequence into `out` parts: (n, c, l) -> (n, c, out).
class AdaptiveAvgPool1d : public Layer {
 public:
  /// With a sequence of `out` elements as the result.
  explicit AdaptiveAvgPool1d(i64 out) : out_(out) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  i64 out_;
};

}  // namespace cadena::nn
