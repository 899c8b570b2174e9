#pragma once

#include "cuda/kernels/kernel_log.h"

namespace cadena {

/// Which CUDA kernels ran, see there: so that nobody takes a result of the CPU for that of a kernel.
using cuda::KernelLog;

}  // namespace cadena
