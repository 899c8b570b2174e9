#include "cuda/kernels/linear.h"

#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/matmul.h"
#include "cuda/kernels/vendor.h"
#include "tensor/base/scalar_activation.h"
#include "tensor/base/scalar_math.h"

namespace cadena::cuda {
namespace {

/// y = f(z); y may be z itself.
void activate(const View& y, const View& z, LinearActivation f) {
  switch (f) {
    case LinearActivation::none: return y.data == z.data ? void() : convert(y, z);
    case LinearActivation::relu: return unary("linear", y, z, scalar::Relu{});
    case LinearActivation::gelu: return unary_float("linear", y, z, scalar::Gelu{});
    case LinearActivation::gelu_tanh: return unary_float("linear", y, z, scalar::GeluTanh{});
    case LinearActivation::silu: return unary_float("linear", y, z, scalar::Silu{});
    case LinearActivation::sigmoid: return unary_float("linear", y, z, scalar::Sigmoid{});
    case LinearActivation::tanh: return unary_float("linear", y, z, scalar::Tanh{});
  }
}

}  // namespace

void linear(const View& y, const View& z, const View& x, const View& w, const View& b, LinearActivation f) {
  const auto by_vendor = [&](void* to, void* sum, LinearActivation g) {
    return chosen_multiplier() == Multiplier::cublas &&
           vendor_linear({y.dtype, y.shape[0], y.shape[1], x.shape[1], x.data, w.data, b.data, to, sum, g});
  };
  if (by_vendor(y.data, z.data, f)) return;
  const i64 shape[2] = {w.shape[1], w.shape[0]}, strides[2] = {w.strides[1], w.strides[0]};
  const View& sum = z.data == nullptr ? y : z;
  if (!by_vendor(sum.data, nullptr, LinearActivation::none)) {
    matmul_bias(sum, x, View{w.data, w.dtype, 2, shape, strides}, b);
  }
  activate(y, sum, f);
}

}  // namespace cadena::cuda
