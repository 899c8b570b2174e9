// Lab 7: softmax and attention on a GPU. Six functions; each launches a kernel, and throws until it is written.
//
// A kernel is launched by launch(kernel, {.grid = dim3(8, 4), .block = 128}, arguments...), which CUDA writes
// kernel<<<dim3(8, 4), 128>>>(arguments...). The pointers are to device memory: code outside of kernels may not look
// there. Everything CUDA has for kernels is yours: __shared__, __syncthreads, shuffles, atomics, expf, templates,
// printf to look inside. What would hide accesses from the microscope is refused: assembler, attributes, memcpy,
// std::copy, other headers.
#include <cuda_runtime.h>

#include <cmath>

#include "cuda/runtime/launch.h"
#include "lab.h"
#include "tensor/base/error.h"

using namespace cadena::cuda;

namespace lab {

// Lab 7.1: a warp that adds up.
//
// x (rows, columns), row by row, y (rows,), and for each row i
#if LAB_reduce_sum
//   y[i] = sum over j of x[i][j].
#elif LAB_reduce_largest
//   y[i] = the largest x[i][j].
#elif LAB_reduce_length
//   y[i] = sqrt(sum over j of x[i][j]^2).
#endif
// One warp, 32 threads, for each row; rows and columns are any positive numbers. Lane t takes the elements t, t + 32,
// ... ; then the lanes exchange what they have by shuffles: no shared memory, no __syncthreads, no atomics.
//
// APPROACH: __shfl_xor_sync(0xffffffff, value, d) is the value of the lane whose number differs in the bit d. With d =
// 16, 8, 4, 2, 1 every lane has the result.
//
// HINT 7.1: a block of 32 x 4 threads is four warps: the row is blockIdx.x * 4 + threadIdx.y. It is the same for all
//   lanes, so a whole warp leaves where there is no such row.
// HINT 7.1: lanes without an element hold what changes nothing; lane 0 writes the result.
__global__ void reduce_rows_kernel(float* y, const float* x, int rows, int columns) {
  // BEGIN KERNEL 7.1
  const int row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) return;
#if LAB_reduce_sum
  float result = 0;
  for (int j = threadIdx.x; j < columns; j += 32) result += x[row * columns + j];
  for (int d = 16; d > 0; d /= 2) result += __shfl_xor_sync(0xffffffff, result, d);
  if (threadIdx.x == 0) y[row] = result;
#elif LAB_reduce_largest
  float result = -INFINITY;
  for (int j = threadIdx.x; j < columns; j += 32) result = fmaxf(result, x[row * columns + j]);
  for (int d = 16; d > 0; d /= 2) result = fmaxf(result, __shfl_xor_sync(0xffffffff, result, d));
  if (threadIdx.x == 0) y[row] = result;
#elif LAB_reduce_length
  float result = 0;
  for (int j = threadIdx.x; j < columns; j += 32) result += x[row * columns + j] * x[row * columns + j];
  for (int d = 16; d > 0; d /= 2) result += __shfl_xor_sync(0xffffffff, result, d);
  if (threadIdx.x == 0) y[row] = sqrtf(result);
#endif
  // END KERNEL
}

void reduce_rows(float* y, const float* x, int rows, int columns) {
  // BEGIN SOLUTION 7.1
  launch(reduce_rows_kernel, {.grid = unsigned(ceil_divide(rows, 4)), .block = dim3(32, 4)}, y, x, rows, columns);
  // END SOLUTION
}

// Lab 7.2: softmax.
//
// x and y (rows, columns), and for each row
#if LAB_function_softmax
//   y[j] = e^x[j] / sum over l of e^x[l].
#elif LAB_function_logsoftmax
//   y[j] = x[j] - ln(sum over l of e^x[l]).
#elif LAB_function_softmin
//   y[j] = e^-x[j] / sum over l of e^-x[l].
#endif
// x may hold +-1000, of which e^x is infinite or 0, so shift the exponents first. One warp for each row, no shared
// memory.
//
// APPROACH: three passes over the row: the largest exponent, the sum, the result. The first two end with shuffles.
//
// HINT 7.2: e^(x - c) / sum of e^(x - c) is the same for any c; with c the largest x no exponent is above 0.
#if LAB_function_logsoftmax
// HINT 7.2: ln(sum e^x) = c + ln(sum e^(x - c)): do not take the logarithm of a quotient, which may be 0.
#elif LAB_function_softmin
// HINT 7.2: the largest exponent is that of the smallest x.
#endif
__global__ void softmax_kernel(float* y, const float* x, int rows, int columns) {
  // BEGIN KERNEL 7.2
  const int row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) return;
  const float* from = x + row * columns;
#if LAB_function_softmin
  const float sign = -1;
#else
  const float sign = 1;
#endif
  float largest = -INFINITY, sum = 0;
  for (int j = threadIdx.x; j < columns; j += 32) largest = fmaxf(largest, sign * from[j]);
  for (int d = 16; d > 0; d /= 2) largest = fmaxf(largest, __shfl_xor_sync(0xffffffff, largest, d));
  for (int j = threadIdx.x; j < columns; j += 32) sum += expf(sign * from[j] - largest);
  for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(0xffffffff, sum, d);
  for (int j = threadIdx.x; j < columns; j += 32) {
#if LAB_function_logsoftmax
    y[row * columns + j] = from[j] - largest - logf(sum);
#else
    y[row * columns + j] = expf(sign * from[j] - largest) / sum;
#endif
  }
  // END KERNEL
}

void softmax(float* y, const float* x, int rows, int columns) {
  // BEGIN SOLUTION 7.2
  launch(softmax_kernel, {.grid = unsigned(ceil_divide(rows, 4)), .block = dim3(32, 4)}, y, x, rows, columns);
  // END SOLUTION
}

// Lab 7.3: in one pass.
//
// x (rows, columns), y (rows,), and for each row
#if LAB_statistic_logsumexp
//   y = ln(sum over j of e^x[j]).
#elif LAB_statistic_logmeanexp
//   y = ln(1/columns * sum over j of e^x[j]).
#elif LAB_statistic_peak
//   y = (largest e^x[j]) / (sum over j of e^x[j]): the largest probability that softmax gives.
#endif
// Each element is read from device memory once. So the largest x is not known while the sum is made: keep the pair
//   m = the largest so far,   s = sum of e^(x - m) so far,
// and when m grows to M, s becomes s e^(m - M). x may hold +-1000, and -infinity, whose e^x is 0; each row holds at
// least one finite number, but not every lane's part of it does.
//
// APPROACH: each lane makes the pair of its elements; then the 32 pairs are merged by shuffles of both numbers.
//
// HINT 7.3: merging (m, s) and (m', s'): M = max(m, m'), S = s e^(m - M) + s' e^(m' - M).
// HINT 7.3: where m and M are both -infinity, m - M is NaN: there is nothing to add then.
__global__ void log_sum_kernel(float* y, const float* x, int rows, int columns) {
  // BEGIN KERNEL 7.3
  const int row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) return;
  float m = -INFINITY, s = 0;
  const auto merge = [&](float other_m, float other_s) {
    const float larger = fmaxf(m, other_m);
    if (larger == -INFINITY) return;
    s = s * expf(m - larger) + other_s * expf(other_m - larger);
    m = larger;
  };
  for (int j = threadIdx.x; j < columns; j += 32) merge(x[row * columns + j], 1);
  for (int d = 16; d > 0; d /= 2) {
    const float other_m = __shfl_xor_sync(0xffffffff, m, d), other_s = __shfl_xor_sync(0xffffffff, s, d);
    merge(other_m, other_s);
  }
  if (threadIdx.x != 0) return;
#if LAB_statistic_logsumexp
  y[row] = m + logf(s);
#elif LAB_statistic_logmeanexp
  y[row] = m + logf(s / columns);
#elif LAB_statistic_peak
  y[row] = 1 / s;
#endif
  // END KERNEL
}

void log_sum(float* y, const float* x, int rows, int columns) {
  // BEGIN SOLUTION 7.3
  launch(log_sum_kernel, {.grid = unsigned(ceil_divide(rows, 4)), .block = dim3(32, 4)}, y, x, rows, columns);
  // END SOLUTION
}

// Lab 7.4: a block that adds up.
//
// x and y (rows, columns), weight and bias (columns,), and for each row
#if LAB_norm_layer
//   mean = 1/columns * sum of x[j],   var = 1/columns * sum of (x[j] - mean)^2,
//   y[j] = (x[j] - mean) / sqrt(var + eps) * weight[j] + bias[j].
// The mean may be 1000 times the spread: the mean of the squares minus the square of the mean has no correct digit
// then.
#elif LAB_norm_rms
//   y[j] = x[j] / sqrt(1/columns * sum of x[j]^2 + eps) * weight[j] + bias[j].
#elif LAB_norm_length
//   y[j] = x[j] / (sqrt(sum of x[j]^2) + eps) * weight[j] + bias[j].
#endif
// One block of 128 threads for each row. A sum over the block goes in two steps: each warp adds up by shuffles, lane 0
// of each leaves its sum in shared memory, all wait, and every thread adds the four.
//
// APPROACH: write the sum over the block as a __device__ function with a shared array of four numbers.
//
// HINT 7.4: two barriers: nobody reads before all four sums are there, and nobody overwrites them, in the next sum,
//   before all have read.
#if LAB_norm_layer
// HINT 7.4: two sums, one after the other: first the mean, then the squares of what is left.
#endif
__global__ void normalize_kernel(float* y, const float* x, const float* weight, const float* bias, int columns,
                                 float eps) {
  // BEGIN KERNEL 7.4
  __shared__ float partial[4];
  const int t = threadIdx.x;
  const auto block_sum = [&](float value) {
    for (int d = 16; d > 0; d /= 2) value += __shfl_xor_sync(0xffffffff, value, d);
    if (t % 32 == 0) partial[t / 32] = value;
    __syncthreads();
    value = partial[0] + partial[1] + partial[2] + partial[3];
    __syncthreads();
    return value;
  };
  const float* from = x + blockIdx.x * columns;
  float* to = y + blockIdx.x * columns;
#if LAB_norm_layer
  float sum = 0;
  for (int j = t; j < columns; j += 128) sum += from[j];
  const float mean = block_sum(sum) / columns;
#else
  const float mean = 0;
#endif
  float squares = 0;
  for (int j = t; j < columns; j += 128) squares += (from[j] - mean) * (from[j] - mean);
#if LAB_norm_length
  const float factor = 1 / (sqrtf(block_sum(squares)) + eps);
#else
  const float factor = 1 / sqrtf(block_sum(squares) / columns + eps);
#endif
  for (int j = t; j < columns; j += 128) to[j] = (from[j] - mean) * factor * weight[j] + bias[j];
  // END KERNEL
}

void normalize(float* y, const float* x, const float* weight, const float* bias, int rows, int columns, float eps) {
  // BEGIN SOLUTION 7.4
  launch(normalize_kernel, {.grid = unsigned(rows), .block = 128}, y, x, weight, bias, columns, eps);
  // END SOLUTION
}

// Lab 7.5: attention, tile by tile.
//
// q, k, v and o are (tokens, 32), row by row; tokens is any positive number. For each token i
//   s[j] = scale * (q[i] . k[j]),   p = softmax of s over the tokens j that i sees,   o[i] = sum over j of p[j] v[j],
#if LAB_mask_causal
// where token i sees the tokens j <= i.
#elif LAB_mask_window
// where token i sees the tokens j with i - 32 < j <= i.
#elif LAB_mask_future
// where token i sees the tokens j >= i.
#endif
// The scores never go to device memory. A block of 32 threads owns 32 rows of o, a thread each: its q[i], the sum of
// p[j] v[j] and the pair (m, s) of Lab 7.3 live in registers. The block walks over the keys in tiles of 32: it copies
// 32 rows of k and of v into shared memory, a row of 32 neighbours at a time, and each thread uses all of them. A tile
// of which no thread sees anything is not loaded.
//
// APPROACH: for each tile: load, wait, for each j of the tile that i sees: the score, then m, s and the sum are brought
// to the new maximum; wait.
//
// HINT 7.5: with M = max(m, score): s = s e^(m - M) + e^(score - M), o = o e^(m - M) + e^(score - M) v[j]. The first
//   score meets m = -infinity: e^(m - M) is 0 then, as it should be.
// HINT 7.5: tile of keys number t holds the tokens 32 t ... 32 t + 31; the last one may reach beyond the end.
#if LAB_mask_causal
// HINT 7.5: block b needs the tiles 0 ... b.
#elif LAB_mask_window
// HINT 7.5: block b needs the tiles b - 1 (if there is one) and b.
#elif LAB_mask_future
// HINT 7.5: block b needs the tiles b ... the last.
#endif
__global__ void attention_kernel(float* o, const float* q, const float* k, const float* v, int tokens, float scale) {
  // BEGIN KERNEL 7.5
  __shared__ float keys[32][kDepth + 1], values[32][kDepth + 1];
  const int t = threadIdx.x, block = blockIdx.x, i = block * 32 + t;
  const auto load = [&](float(&to)[32][kDepth + 1], const float* from, int first) {
    for (int r = 0; r < 32; ++r) {
      if (first + r < tokens) to[r][t] = from[(first + r) * kDepth + t];
    }
  };
  float own[kDepth], sum[kDepth];
  load(keys, q, block * 32);
  __syncthreads();
  for (int d = 0; d < kDepth; ++d) {
    own[d] = i < tokens ? keys[t][d] : 0;
    sum[d] = 0;
  }
  __syncthreads();
  float m = -INFINITY, s = 0;
#if LAB_mask_causal
  const int begin = 0, end = block + 1;
#elif LAB_mask_window
  const int begin = block > 0 ? block - 1 : 0, end = block + 1;
#elif LAB_mask_future
  const int begin = block, end = ceil_divide(tokens, 32);
#endif
  for (int tile = begin; tile < end; ++tile) {
    load(keys, k, tile * 32);
    load(values, v, tile * 32);
    __syncthreads();
    for (int r = 0; r < 32 && i < tokens; ++r) {
      const int j = tile * 32 + r;
#if LAB_mask_causal
      if (j > i) continue;
#elif LAB_mask_window
      if (j > i || j <= i - 32) continue;
#elif LAB_mask_future
      if (j < i || j >= tokens) continue;
#endif
      float score = 0;
      for (int d = 0; d < kDepth; ++d) score += own[d] * keys[r][d];
      score *= scale;
      const float larger = fmaxf(m, score), old = expf(m - larger), p = expf(score - larger);
      s = s * old + p;
      for (int d = 0; d < kDepth; ++d) sum[d] = sum[d] * old + p * values[r][d];
      m = larger;
    }
    __syncthreads();
  }
  for (int d = 0; d < kDepth; ++d) keys[t][d] = sum[d] / s;
  __syncthreads();
  for (int r = 0; r < 32; ++r) {
    if (block * 32 + r < tokens) o[(block * 32 + r) * kDepth + t] = keys[r][t];
  }
  // END KERNEL
}

void attention(float* o, const float* q, const float* k, const float* v, int tokens, float scale) {
  // BEGIN SOLUTION 7.5
  launch(attention_kernel, {.grid = unsigned(ceil_divide(tokens, 32)), .block = 32}, o, q, k, v, tokens, scale);
  // END SOLUTION
}

// Lab 7.6: rows of which nothing is left.
//
// x, mask and y (rows, columns). Softmax along each row over
#if LAB_polarity_keep
// the elements whose mask is 1; where the mask is 0
#elif LAB_polarity_drop
// the elements whose mask is 0; where the mask is 1
#endif
// y is 0. A row may be masked altogether: all of it is 0 then, and nothing is NaN, which would spread to everything
// that is computed from it. x may hold +-1000.
//
// APPROACH: the kernel of Lab 7.2, with -infinity in place of what is masked, and a look at where infinities meet.
//
// HINT 7.6: a fully masked row has the maximum -infinity, and -infinity - -infinity is NaN.
// HINT 7.6: its sum is 0, and 0 / 0 is NaN: write 0 where the mask says so, without dividing.
__global__ void masked_softmax_kernel(float* y, const float* x, const int* mask, int rows, int columns) {
  // BEGIN KERNEL 7.6
  const int row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) return;
  const auto is_kept = [&](int j) {
#if LAB_polarity_keep
    return mask[row * columns + j] == 1;
#elif LAB_polarity_drop
    return mask[row * columns + j] == 0;
#endif
  };
  const float* from = x + row * columns;
  float largest = -INFINITY, sum = 0;
  for (int j = threadIdx.x; j < columns; j += 32) {
    if (is_kept(j)) largest = fmaxf(largest, from[j]);
  }
  for (int d = 16; d > 0; d /= 2) largest = fmaxf(largest, __shfl_xor_sync(0xffffffff, largest, d));
  for (int j = threadIdx.x; j < columns; j += 32) {
    if (is_kept(j)) sum += expf(from[j] - largest);
  }
  for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(0xffffffff, sum, d);
  for (int j = threadIdx.x; j < columns; j += 32) {
    y[row * columns + j] = is_kept(j) ? expf(from[j] - largest) / sum : 0;
  }
  // END KERNEL
}

void masked_softmax(float* y, const float* x, const int* mask, int rows, int columns) {
  // BEGIN SOLUTION 7.6
  const dim3 grid(ceil_divide(rows, 4));
  launch(masked_softmax_kernel, {.grid = grid, .block = dim3(32, 4)}, y, x, mask, rows, columns);
  // END SOLUTION
}

}  // namespace lab
