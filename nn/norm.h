#pragma once

#include "nn/module.h"

namespace cadena::nn {

/// \f$ y = \gamma \odot (x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta \f$ with mean and variance over the last
/// axis, of extent `width`; "weight" \f$ \gamma \f$ and "bias" \f$ \beta \f$ (width,). Ba, Kiros & Hinton, 2016.
class LayerNorm : public Layer {
 public:
  /// Starts with \f$ \gamma = 1 \f$ and \f$ \beta = 0 \f$.
  explicit LayerNorm(i64 width, double eps = 1e-5);
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  double eps_;
  Variable weight_, bias_;
};

/// \f$ y = \gamma \odot x / \sqrt{\overline{x^2} + \varepsilon} \f$ over the last axis; "weight" (width,). Zhang &
/// Sennrich, 2019.
class RMSNorm : public Layer {
 public:
  /// Starts with \f$ \gamma = 1 \f$.
  explicit RMSNorm(i64 width, double eps = 1e-6);
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  double eps_;
  Variable weight_;
};

/// Layer normalization of groups of channels: x (n, channels, …), "weight" and "bias" (channels,). Wu & He, 2018.
class GroupNorm : public Layer {
 public:
  /// Throws ValueError unless `groups` divides `channels`.
  GroupNorm(i64 groups, i64 channels, double eps = 1e-5);
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  i64 groups_;
  double eps_;
  Variable weight_, bias_;
};

/// Normalization of each channel over the batch: x (n, channels) or (n, channels, …); "weight" and "bias" (channels,).
/// In training with the statistics of the batch, of which running means are kept in the buffers "running_mean" and
/// "running_var" (unbiased), \f$ r \leftarrow (1 - m) r + m s \f$ with momentum m; in evaluation with those. Ioffe &
/// Szegedy, 2015.
class BatchNorm : public Layer {
 public:
  /// Starts with weights 1, biases 0, running means 0 and running variances 1.
  explicit BatchNorm(i64 channels, double momentum = 0.1, double eps = 1e-5);
  /// Throws ShapeError unless axis 1 has `channels` entries, ValueError in training for a single value per channel.
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  Variable by_batch(const Variable& x);
  Variable by_running_statistics(const Variable& x) const;

  double momentum_, eps_;
  Variable weight_, bias_, running_mean_, running_var_;
};

/// The usual name for vectors (n, channels) or sequences (n, channels, l).
using BatchNorm1d = BatchNorm;
/// The usual name for images (n, channels, h, w).
using BatchNorm2d = BatchNorm;

}  // namespace cadena::nn
