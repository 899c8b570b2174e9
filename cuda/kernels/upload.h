#pragma once

#include "cuda/kernels/enqueue.h"
#include "cuda/kernels/scratch.h"

namespace cadena::cuda {

/// `count` numbers from the host on the device. They travel as arguments of kernels, so nothing waits, the host may
/// change them at once, and a graph that captures the stream keeps its own copy. For small tables.
Scratch<i64> upload(const i64* words, i64 count);

}  // namespace cadena::cuda
