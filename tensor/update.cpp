#include "tensor/update.h"

#include "cuda/kernels/recording.h"
#include "cuda/kernels/update.h"
#include "tensor/base/error.h"
#include "tensor/base/scalar_update.h"
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
    if (together.empty()) continue;
    cuda::update_all<F>(together, [step_of, which = std::move(which)](std::size_t i) { return step_of(which[i]); });
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

}  // namespace cadena
