#include "tensor/update.h"

#include <cmath>

#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/norm.h"
#include "cuda/kernels/recording.h"
#include "cuda/kernels/update.h"
#include "tensor/base/error.h"
#include "tensor/base/scalar_update.h"
#include "tensor/cpu/elementwise.h"
#include "tensor/cpu/norm.h"
#include "tensor/cpu/update.h"
#include "tensor/factories.h"

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

/// Throws unless the tensors are as `Update` says.
void check_update(const char* op, const Update& tensors, std::size_t states) {
  const Tensor& weights = tensors.weights;
  if (!is_floating(weights.dtype())) fail_dtype(op, weights.dtype(), "f32, f64, f16 or bf16 weights");
  if (tensors.states.size() != states) {
    fail<ValueError>(op, ": got ", tensors.states.size(), " states, expected ", states);
  }
  check_operand(op, "gradient", weights, tensors.gradient);
  if (weights.dtype() != compute_dtype(weights.dtype())) check_operand(op, "master", weights, tensors.master);
  for (const Tensor& state : tensors.states) check_operand(op, "state", weights, state);
}

/// What is written, announced; the states as kernels take them.
std::vector<View> begin_update(const char* op, const Update& tensors) {
  tensors.weights.begin_write(op);
  if (tensors.master.defined()) tensors.master.begin_write(op);
  std::vector<View> states;
  for (const Tensor& state : tensors.states) {
    state.begin_write(op);
    states.push_back(state.view());
  }
  return states;
}

View master_of(const Update& tensors) {
  return tensors.weights.dtype() == compute_dtype(tensors.weights.dtype()) ? View{} : tensors.master.view();
}

bool is_contiguous(const Update& tensors) {
  bool all = tensors.weights.is_contiguous() && tensors.gradient.is_contiguous();
  if (tensors.master.defined()) all = all && tensors.master.is_contiguous();
  for (const Tensor& state : tensors.states) all = all && state.is_contiguous();
  return all;
}

}  // namespace

template <class F>
void apply_update(const char* op, const Update& tensors, const Callable<F()>& step) {
  check_update(op, tensors, F::kStates);
  const bool reads_steps = tensors.weights.device().is_cuda() && cuda::Recording::is_active() && is_contiguous(tensors);
  if (!reads_steps) cuda::Recording::refuse(op, "it steps weights on the CPU, or weights that are not contiguous");
  const std::vector<View> states = begin_update(op, tensors);
  if (reads_steps) {
    const cuda::UpdateViews views{tensors.weights, tensors.gradient, master_of(tensors), states};
    cuda::update_all<F>({&views, 1}, [step](std::size_t) { return step(); });
  } else {
    on(tensors.weights.device(), cpu::update<F>, cuda::update<F>)(tensors.weights, tensors.gradient, master_of(tensors),
                                                                  states, step());
  }
}

template <class F>
void apply_updates(const char* op, std::span<const Update> tensors, const Callable<F(std::size_t)>& step_of) {
  for (const Update& each : tensors) check_update(op, each, F::kStates);
  for (const Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16}) {
    std::vector<std::vector<View>> states;
    std::vector<cuda::UpdateViews> together;
    std::vector<std::size_t> which;  // of the tensors
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const Update& each = tensors[i];
      if (each.weights.dtype() != dtype) continue;
      if (!each.weights.device().is_cuda() || !is_contiguous(each)) {
        apply_update<F>(op, each, [step_of, i] { return step_of(i); });
        continue;
      }
      states.push_back(begin_update(op, each));
      together.push_back({each.weights, each.gradient, master_of(each), states.back()});
      which.push_back(i);
    }
    cuda::update_all<F>(together, [step_of, which](std::size_t i) { return step_of(which[i]); });
  }
}

template void apply_updates(const char*, std::span<const Update>, const Callable<scalar::AdamStep(std::size_t)>&);
template void apply_updates(const char*, std::span<const Update>, const Callable<scalar::AmsgradStep(std::size_t)>&);

template void apply_update(const char*, const Update&, const Callable<scalar::GradientStep()>&);
template void apply_update(const char*, const Update&, const Callable<scalar::MomentumStep()>&);
template void apply_update(const char*, const Update&, const Callable<scalar::RmsStep()>&);
template void apply_update(const char*, const Update&, const Callable<scalar::CenteredRmsStep()>&);
template void apply_update(const char*, const Update&, const Callable<scalar::AdagradStep()>&);
template void apply_update(const char*, const Update&, const Callable<scalar::AdamStep()>&);
template void apply_update(const char*, const Update&, const Callable<scalar::AmsgradStep()>&);
template void apply_update(const char*, const Update&, const Callable<scalar::AverageStep()>&);

double vector_norm(const Tensor& x, double p) {
  if (!(p > 0)) fail<ValueError>("vector_norm: p is ", p, ", expected a number above 0");
  if (!is_floating(x.dtype())) fail_dtype("vector_norm", x.dtype(), "f32, f64, f16 or bf16");
  return on(x.device(), cpu::vector_norm, cuda::vector_norm)(x, p);
}

namespace {

/// The p-norm of a vector from the p-norms of its parts.
double join(const std::vector<double>& norms, double p) {
  double total = 0;
  if (std::isinf(p)) {
    for (double norm : norms) total = total >= norm || std::isnan(total) ? total : norm;
    return total;
  }
  for (double norm : norms) total += std::pow(norm, p);
  return std::pow(total, 1 / p);
}

/// The views of tensors that lie together on a CUDA device; none if they do not.
std::vector<View> views_on_cuda(std::span<const Tensor> tensors) {
  std::vector<View> views;
  for (const Tensor& x : tensors) {
    if (!x.device().is_cuda() || x.device() != tensors[0].device()) return {};
    views.push_back(x.view());
  }
  return views;
}

}  // namespace

Tensor joint_norm(std::span<const Tensor> tensors, double p) {
  if (!(p > 0)) fail<ValueError>("joint_norm: p is ", p, ", expected a number above 0");
  for (const Tensor& x : tensors) {
    if (!is_floating(x.dtype())) fail_dtype("joint_norm", x.dtype(), "f32, f64, f16 or bf16");
  }
  if (const std::vector<View> views = views_on_cuda(tensors); !views.empty()) {
    const Tensor norm = empty({}, Dtype::f64, tensors[0].device());
    cuda::joint_norm(norm, views, p);
    return norm;
  }
  std::vector<double> norms;
  for (const Tensor& x : tensors) norms.push_back(vector_norm(x, p));
  return full({}, join(norms, p), Dtype::f64);
}

void scale_to_norm(std::span<const Tensor> tensors, const Tensor& norm, double max_norm) {
  if (norm.device().is_cuda()) {
    const std::vector<View> views = views_on_cuda(tensors);
    for (const Tensor& x : tensors) x.begin_write("scale_to_norm");
    return cuda::scale_to_norm(views, norm, max_norm);
  }
  const double factor = max_norm / (norm.item() + 1e-6);
  if (factor >= 1) return;
  for (const Tensor& x : tensors) scale_into(x, factor);
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
