#pragma once

/// Found instead of NVIDIA's <cuda_runtime.h> where a plain C++ compiler builds a kernel file: the CUDA language and
/// runtime API on the CPU.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/atomic.h"
#include "cuda/runtime/emulated/barrier.h"
#include "cuda/runtime/emulated/builtin_variables.h"
#include "cuda/runtime/emulated/intrinsics.h"
#include "cuda/runtime/emulated/kernel_launch.h"
#include "cuda/runtime/emulated/qualifiers.h"
#include "cuda/runtime/emulated/shuffle.h"
#include "cuda/runtime/emulated/vector_types.h"
