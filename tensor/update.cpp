#include "tensor/update.h"

#include <cmath>

#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/norm.h"
#include "cuda/kernels/update.h"
#include "tensor/base/error.h"
#include "tensor/base/scalar_update.h"
#include "tensor/cpu/elementwise.h"
#include "tensor/cpu/norm.h"
#include "tensor/cpu/update.h"

namespace cadena {
namespace {

void check_operand(const char* op, const char* what, const Tensor& weights, const Tensor& x) {
  if (x.shape() != weights.shape()) {
    fail<ShapeError>(op, ": ", what, " has shape ", x.shape(), ", the weights have ", weights.shape());
  }
  const Dtype expected = compute_dtype(weights.dtype());
  if (x.dtype() != expected) {
    fail<DtypeError>(op, ": ", what, " is ", to_string(x.dtype()), ", ", to_string(weights.dtype()), " weights need ",
                     to_string(expected));
  }
  if (x.device() != weights.device()) {
    fail<DeviceError>(op, ": ", what, " is on ", x.device(), ", the weights are on ", weights.device());
  }
}

}  // namespace

template <class F>
void apply_update(const char* op, const Update& tensors, const F& f) {
  const Tensor& weights = tensors.weights;
  if (!is_floating(weights.dtype())) fail_dtype(op, weights.dtype(), "f32, f64, f16 or bf16 weights");
  if (tensors.states.size() != F::kStates) {
    fail<ValueError>(op, ": got ", tensors.states.size(), " states, expected ", F::kStates);
  }
  check_operand(op, "gradient", weights, tensors.gradient);
  const bool has_master = weights.dtype() != compute_dtype(weights.dtype());
  if (has_master) check_operand(op, "master", weights, tensors.master);
  for (const Tensor& state : tensors.states) check_operand(op, "state", weights, state);

  weights.begin_write(op);
  if (has_master) tensors.master.begin_write(op);
  std::vector<View> states;
  for (const Tensor& state : tensors.states) {
    state.begin_write(op);
    states.push_back(state.view());
  }
  const View master = has_master ? tensors.master.view() : View{};
  on(weights.device(), cpu::update<F>, cuda::update<F>)(weights, tensors.gradient, master, states, f);
}

template void apply_update(const char*, const Update&, const scalar::GradientStep&);
template void apply_update(const char*, const Update&, const scalar::MomentumStep&);
template void apply_update(const char*, const Update&, const scalar::RmsStep&);
template void apply_update(const char*, const Update&, const scalar::CenteredRmsStep&);
template void apply_update(const char*, const Update&, const scalar::AdagradStep&);
template void apply_update(const char*, const Update&, const scalar::AdamStep&);
template void apply_update(const char*, const Update&, const scalar::AmsgradStep&);
template void apply_update(const char*, const Update&, const scalar::AverageStep&);

double vector_norm(const Tensor& x, double p) {
  if (!(p > 0)) fail<ValueError>("vector_norm: p is ", p, ", expected a number above 0");
  if (!is_floating(x.dtype())) fail_dtype("vector_norm", x.dtype(), "f32, f64, f16 or bf16");
  return on(x.device(), cpu::vector_norm, cuda::vector_norm)(x, p);
}

void scale_into(const Tensor& x, double factor) {
  if (!is_floating(x.dtype())) fail_dtype("scale_into", x.dtype(), "f32, f64, f16 or bf16");
  x.begin_write("scale_into");
  on(x.device(), cpu::unary_float<scalar::Scale>, cuda::unary_float<scalar::Scale>)("scale_into", x, x,
                                                                                    scalar::Scale{factor});
}

void clamp_into(const Tensor& x, double bound) {
  if (!is_floating(x.dtype())) fail_dtype("clamp_into", x.dtype(), "f32, f64, f16 or bf16");
  if (!(bound >= 0)) fail<ValueError>("clamp_into: bound is ", bound, ", expected 0 or more");
  x.begin_write("clamp_into");
  on(x.device(), cpu::unary_float<scalar::ClampMagnitude>, cuda::unary_float<scalar::ClampMagnitude>)(
      "clamp_into", x, x, scalar::ClampMagnitude{bound});
}

}  // namespace cadena
