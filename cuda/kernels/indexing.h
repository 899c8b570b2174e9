#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// Kernels on indices -n … n - 1 for an axis of extent n; one that is outside counts as 0 (its check tells later, see
/// range_check.h). Views are (outer, n, inner) where three
/// axes are named. What repeats is combined in order, without atomics on values.

/// y = index, with `extent` added where it is negative.
void wrap_index(const View& y, const View& index, i64 extent);

/// y[o, k, i] = x[o, index[k], i].
void index_select(const View& y, const View& x, const View& index);

/// y[o, index[k], i] += x[o, k, i], k ascending.
void index_add(const View& y, const View& index, const View& x);

/// y[o, k, i] = x[o, index[o, k, i], i].
void gather(const View& y, const View& x, const View& index);

/// y[o, index[o, k, i], i] = x[o, k, i], k ascending: the last one stays.
void scatter(const View& y, const View& index, const View& x);

/// y[o, index[o, k, i], i] += x[o, k, i], k ascending.
void scatter_add(const View& y, const View& index, const View& x);

/// Number of elements other than zero. Waits for the device.
i64 count_nonzero(const View& x);

/// Row c of y (count, rank) is the position of the c-th of these elements.
void nonzero(const View& y, const View& x);

/// y = mask ? value : x; `value` has one element of y's dtype.
void masked_fill(const View& y, const View& x, const View& mask, const View& value);

}  // namespace cadena::cuda
