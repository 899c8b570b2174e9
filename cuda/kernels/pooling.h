#pragma once

#include <span>

#include "tensor/base/view.h"
#include "tensor/base/window.h"

/// Pooling of planes, (…, h, w) with any strides; results are row-major. Row window i and column window j make output
/// (i, j).
namespace cadena::cuda {

/// The largest element of each pair of windows into y, and its position i w + j in the plane into `positions` (i64).
void max_pool2d(const View& y, const View& positions, const View& x, std::span<const Window> rows,
                std::span<const Window> columns);

/// Their sum divided by both divisors.
void avg_pool2d(const View& y, const View& x, std::span<const Window> rows, std::span<const Window> columns);

/// dx: every dy[…, i, j], divided by both divisors, added to the elements its windows cover.
void avg_pool2d_input(const View& dx, const View& dy, std::span<const Window> rows, std::span<const Window> columns);

}  // namespace cadena::cuda
