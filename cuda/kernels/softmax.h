#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// Each row along the last axis of x softmaxed into y.
void softmax(const View& y, const View& x);

/// Each row along the last axis of x into y: x minus the logarithm of the row's sum of exponentials.
void log_softmax(const View& y, const View& x);

}  // namespace cadena::cuda
