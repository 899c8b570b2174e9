#pragma once

#include <span>

#include "tensor/base/view.h"

namespace cadena::cuda {

/// The p-norm of all elements, summed in f64 over blocks that do not depend on the number of threads.
double vector_norm(const View& x, double p);

/// norm = the p-norm of the vectors, taken for one: one f64. Nothing waits for the device.
void joint_norm(const View& norm, std::span<const View> vectors, double p);

/// Multiplies the vectors, whose norm as one is `norm`, by max_norm / (norm + 1e-6) where that is less than 1.
void scale_to_norm(std::span<const View> vectors, const View& norm, double max_norm);

}  // namespace cadena::cuda
