#pragma once

#include "cuda/kernels/recording.h"

namespace cadena {

/// What a step of training launches on a CUDA device, recorded and replayed: the machine behind `Recorded`.
using cuda::Recording;

}  // namespace cadena
