#pragma once

#include "tensor/base/view.h"

/// Rows of logits lie along the last axis; everything that has one element a row is row-major.
namespace cadena::cpu {

/// Loss and log-sum-exp of each row. Throws IndexError for the first target outside the classes.
void cross_entropy(const View& loss, const View& lse, const View& logits, const View& targets, i64 ignore_index,
                   double label_smoothing);

/// dz = dy (softmax - smoothed one-hot target) for each row; 0 where the target is ignored.
void cross_entropy_backward(const View& dz, const View& dy, const View& logits, const View& targets, const View& lse,
                            i64 ignore_index, double label_smoothing);

}  // namespace cadena::cpu
