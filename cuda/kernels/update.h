#pragma once

#include <span>

#include "tensor/base/view.h"

namespace cadena::cuda {

/// One optimizer step `f` of `tensor/base/scalar_update.h` for every weight, in place: f(w, g, state_0, state_1 …).
/// f32 and f64 weights are updated where they are. f16 and bf16 weights are the rounded image of `master`, f32, which
/// is updated; a weight that is no longer that image was written by somebody else, and the step starts from what was
/// written. Gradient and states have the compute type of the weights and share no memory with them.
template <class F>
void update(const View& weights, const View& gradient, const View& master, std::span<const View> states, const F& f);

}  // namespace cadena::cuda
