#pragma once

// The functions of Lab 7 run on the host, get pointers to device memory, and launch kernels.
namespace lab {

/// Numbers in a row of queries, keys and values in Lab 7.5.
inline constexpr int kDepth = 32;

/// Lab 7.1: one number for each row of a matrix.
void reduce_rows(float* y, const float* x, int rows, int columns);

/// Lab 7.2: softmax along the rows, a warp for each.
void softmax(float* y, const float* x, int rows, int columns);

/// Lab 7.3: one number for each row that sums exponentials, in one pass.
void log_sum(float* y, const float* x, int rows, int columns);

/// Lab 7.4: normalized rows, a block for each.
void normalize(float* y, const float* x, const float* weight, const float* bias, int rows, int columns, float eps);

/// Lab 7.5: attention of one head, tile by tile.
void attention(float* o, const float* q, const float* k, const float* v, int tokens, float scale);

/// Lab 7.6: softmax of rows of which parts, or all, are masked.
void masked_softmax(float* y, const float* x, const int* mask, int rows, int columns);

}  // namespace lab
