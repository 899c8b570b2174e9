#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "nn/module.h"

namespace cadena::nn {

/// Layers applied one after the other: \f$ y = f_n(\dots f_2(f_1(x))) \f$; without layers, x itself. Children are named
/// "0", "1", ….
class Sequential : public Layer {
 public:
  Sequential() = default;
  ~Sequential() override;

  /// Adds a layer made in place, `net.emplace<nn::Linear>(64, 10, generator)`, and returns it.
  template <class L, class... Args>
  L& emplace(Args&&... args) {
    L* layer = new L(std::forward<Args>(args)...);
    adopt(layer);
    return *layer;
  }

  Variable forward(const Variable& x) override;
  std::string description() const override { return "Sequential"; }
  /// Number of layers.
  std::size_t size() const { return layers_.size(); }
  /// Layer i. Throws IndexError if there is no such layer.
  Layer& operator[](std::size_t i);

 private:
  void adopt(Layer* layer);

  std::vector<Layer*> layers_;  // owned: unique_ptr is in <memory>, a sixth of what cadena.h may add to a compile
};

/// \f$ y = x + f(x) \f$ with f the layers inside, one after the other: a way around f for values and gradients. He,
/// Zhang, Ren & Sun, "Deep residual learning for image recognition", 2016.
class Residual : public Sequential {
 public:
  /// Throws ShapeError unless f keeps the shape.
  Variable forward(const Variable& x) override;
  std::string description() const override { return "Residual"; }
};

/// All axes from `first` on merged into one: (n, c, h, w) -> (n, c h w).
class Flatten : public Layer {
 public:
  /// Keeps the axes before `first`.
  explicit Flatten(int first = 1) : first_(first) {}

  Variable forward(const Variable& x) override;
  std::string description() const override { return "Flatten"; }

 private:
  int first_;
};

}  // namespace cadena::nn
