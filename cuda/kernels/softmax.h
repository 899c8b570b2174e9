#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// Each row along the last axis of x softmaxed into y.
void softmax(const View& y, const View& x);

/// Each row along the last axis of x into y: x minus the logarithm of the row's sum of exponentials.
void log_softmax(const View& y, const View& x);

/// Each row along the last axis: dx = s (ds - sum of ds s).
void softmax_backward(const View& dx, const View& ds, const View& s);

/// Each row along the last axis: dx = dy - e^y (sum of dy) / (sum of e^y).
void log_softmax_backward(const View& dx, const View& dy, const View& y);

}  // namespace cadena::cuda
