#pragma once

#include <span>

#include "tensor/base/callable.h"
#include "tensor/base/view.h"

namespace cadena::cuda {

/// One optimizer step `f` of `tensor/base/scalar_update.h` for every weight, in place: f(w, g, state_0, state_1 …).
/// f32 and f64 weights are updated where they are. f16 and bf16 weights are the rounded image of `master`, f32, which
/// is updated; a weight that is no longer that image was written by somebody else, and the step starts from what was
/// written. Gradient and states have the compute type of the weights and share no memory with them.
template <class F>
void update(const View& weights, const View& gradient, const View& master, std::span<const View> states, const F& f);

/// The arrays of one tensor of weights, contiguous, as `update` takes them.
struct UpdateViews {
  View weights, gradient, master;
  std::span<const View> states;
};

/// `step_of(i)` for tensor i, all of one dtype, by one launch, whose table of tensors travels with it: nothing waits
/// for the device. While a step is recorded, `step_of` is asked again for every replay. One tensor or many, the bits
/// are the same.
template <class F>
void update_all(std::span<const UpdateViews> tensors, const Callable<F(std::size_t)>& step_of);

}  // namespace cadena::cuda
