#pragma once

/// Found instead of NVIDIA's <cuda_runtime_api.h>: the runtime API, with what only host code calls.
#include <cuda_runtime.h>

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode);
