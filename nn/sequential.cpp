#include "nn/sequential.h"

#include <memory>

#include "autograd/arithmetic.h"
#include "autograd/views.h"
#include "tensor/base/error.h"

namespace cadena::nn {

Sequential::~Sequential() {
  for (Layer* layer : layers_) delete layer;
}

void Sequential::adopt(Layer* layer) {
  std::unique_ptr<Layer> owner(layer);
  layers_.reserve(layers_.size() + 1);  // so that nothing throws once the layer is a child
  add(std::to_string(layers_.size()), *layer);
  layers_.push_back(owner.release());
}

Layer& Sequential::operator[](std::size_t i) {
  if (i >= layers_.size()) fail<IndexError>(description(), ": there is no layer ", i, " of ", layers_.size());
  return *layers_[i];
}

Variable Sequential::forward(const Variable& x) {
  Variable y = x;
  for (Layer* layer : layers_) y = layer->forward(y);
  return y;
}

Variable Residual::forward(const Variable& x) {
  const Variable y = Sequential::forward(x);
  if (y.shape() != x.shape()) {
    fail<ShapeError>("Residual: the layers turn shape ", x.shape(), " into ", y.shape(), ", expected the same");
  }
  return x + y;
}

Variable Flatten::forward(const Variable& x) {
  const int first = normalize_axis("Flatten", first_, x.shape());
  Shape shape(x.shape().begin(), static_cast<std::size_t>(first));
  i64 rest = 1;
  for (int axis = first; axis < x.rank(); ++axis) rest *= x.shape()[axis];
  return reshape(x, shape.with_inserted(first, rest));
}

}  // namespace cadena::nn
