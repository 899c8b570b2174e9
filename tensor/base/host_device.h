#pragma once

/// Marks a scalar function that runs on the CPU and inside CUDA kernels. The one place that asks which compiler reads
/// it, so that a formula is written once for both machines.
#ifdef __CUDACC__
#define CADENA_HOST_DEVICE __host__ __device__
#else
#define CADENA_HOST_DEVICE
#endif
