#pragma once

#include "nn/module.h"
#include "tensor/base/window.h"
#include "tensor/conv.h"
#include "tensor/random.h"

namespace cadena::nn {

/// Convolution of images: x (n, in, h, w) -> (n, out, oh, ow), with "weight" (out, in / groups, kh, kw) and "bias"
/// (out,), both uniform on \f$ \pm 1 / \sqrt{\mathrm{fan\_in}} \f$. Formula and extents: `conv2d` in tensor/conv.h.
class Conv2d : public Layer {
 public:
  /// Throws ValueError unless the channels are positive and `options.groups` divides both.
  Conv2d(i64 in, i64 out, Pair kernel, Generator& generator, const ConvOptions& options = {}, bool bias = true);

  /// Throws ShapeError unless x has these axes and channels.
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  ConvOptions options_;
  Variable weight_, bias_;
};

/// Convolution of sequences: x (n, in, l) -> (n, out, ol), with "weight" (out, in / groups, k) and "bias" (out,).
class Conv1d : public Layer {
 public:
  /// Throws ValueError as `Conv2d` does.
  Conv1d(i64 in, i64 out, i64 kernel, Generator& generator, const Conv1dOptions& options = {}, bool bias = true);

  /// Throws ShapeError unless x has these axes and channels.
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  Conv1dOptions options_;
  Variable weight_, bias_;
};

/// The adjoint of a convolution as a layer: x (n, in, h, w) -> (n, out, oh, ow), with "weight" (in, out / groups, kh,
/// kw) and "bias" (out,). Extents: `conv_transpose2d` in tensor/conv.h.
class ConvTranspose2d : public Layer {
 public:
  /// Throws ValueError as `Conv2d` does.
  ConvTranspose2d(i64 in, i64 out, Pair kernel, Generator& generator, const ConvOptions& options = {},
                  Pair output_padding = 0, bool bias = true);

  /// Throws ShapeError unless x has these axes and channels.
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  ConvOptions options_;
  Pair output_padding_;
  Variable weight_, bias_;
};

}  // namespace cadena::nn
