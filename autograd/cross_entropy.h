#pragma once

#include "autograd/variable.h"

namespace cadena {

/// The cross entropy of each row of logits along `axis` with an integer target, differentiable in the logits; arguments
/// and errors as in `tensor/cross_entropy.h`. The result has one loss for each row; rows whose target is `ignore_index`
/// give 0.
Variable cross_entropy(const Variable& logits, const Tensor& targets, int axis = -1, i64 ignore_index = -100,
                       double label_smoothing = 0);

}  // namespace cadena
