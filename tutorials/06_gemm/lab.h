#pragma once

// The functions of Lab 6 run on the host, get pointers to device memory, and launch kernels.
namespace lab {

/// Lab 6.1: one formula for n elements, any n.
void combine(float* z, const float* x, const float* y, float alpha, int n);

/// Lab 6.2: a matrix product, one element a thread.
void multiply(float* c, const float* a, const float* b, int m, int n, int k);

/// Lab 6.3: a matrix product with tiles in shared memory, a bias and an activation.
void multiply_tiled(float* c, const float* a, const float* b, const float* bias, int m, int n, int k);

/// Lab 6.4: a matrix turned over.
void transpose(float* y, const float* x, int rows, int columns);

/// Lab 6.5: a matrix product with a block of sums in each thread's registers.
void multiply_registers(float* c, const float* a, const float* b, int m, int n, int k);

/// Lab 6.6: an activation of n elements, four at a time.
void activate(float* y, const float* x, int n);

}  // namespace lab
