// Lab 6: matrix products on a GPU. Six functions; each launches a kernel, and throws until it is written.
//
// A kernel is launched by launch(kernel, {.grid = dim3(8, 4), .block = 128}, arguments...), which CUDA writes
// kernel<<<dim3(8, 4), 128>>>(arguments...). The pointers are to device memory: code outside of kernels may not look
// there. Everything CUDA has for kernels is yours: __shared__, __syncthreads, shuffles, atomics, expf, templates,
// printf to look inside. What would hide accesses from the microscope is refused: assembler, attributes, memcpy,
// std::copy, other headers.
#include <cuda_runtime.h>

#include "cuda/runtime/launch.h"
#include "cuda/runtime/vector_load.h"
#include "lab.h"
#include "tensor/base/error.h"

using namespace cadena::cuda;

namespace lab {

// Lab 6.1: any number of elements.
//
// For each i of 0 ... n - 1
#if LAB_formula_axpy
//   z[i] = alpha * x[i] + y[i].
#elif LAB_formula_product
//   z[i] = x[i] * y[i] + alpha.
#elif LAB_formula_distance
//   z[i] = |x[i] - alpha * y[i]|.
#endif
// n is any number from 0 on, and the grid has no more than 64 blocks of 128 threads: a thread handles several elements.
// The 32 lanes of a warp are to read 32 neighbours, 4 sectors, at a time.
//
// APPROACH: a grid-stride loop. Thread number t of all threads takes the elements t, t + (number of threads), ...
//
// HINT 6.1: t = blockIdx.x * blockDim.x + threadIdx.x; the number of threads is gridDim.x * blockDim.x.
// HINT 6.1: ceil_divide(n, 128) blocks cover n; a grid of 0 blocks is refused, so launch nothing where n is 0.
__global__ void combine_kernel(float* z, const float* x, const float* y, float alpha, int n) {
  // BEGIN KERNEL 6.1
  const int stride = gridDim.x * blockDim.x;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += stride) {
#if LAB_formula_axpy
    z[i] = alpha * x[i] + y[i];
#elif LAB_formula_product
    z[i] = x[i] * y[i] + alpha;
#elif LAB_formula_distance
    z[i] = fabsf(x[i] - alpha * y[i]);
#endif
  }
  // END KERNEL
}

void combine(float* z, const float* x, const float* y, float alpha, int n) {
  // BEGIN SOLUTION 6.1
  if (n == 0) return;
  const unsigned blocks = n < 64 * 128 ? ceil_divide(n, 128) : 64;
  launch(combine_kernel, {.grid = blocks, .block = 128}, z, x, y, alpha, n);
  // END SOLUTION
}

// Lab 6.2: one element a thread.
//
#if LAB_layout_plain
// c = a b, with a (m, k), b (k, n) and c (m, n), each stored row by row: element (i, j) of c is c[i * n + j].
#elif LAB_layout_transposed
// c = a^T b, with a (k, m), b (k, n) and c (m, n), each stored row by row: element (i, j) of c is c[i * n + j].
#elif LAB_layout_columns
// c = a b, with a (m, k), b (k, n) and c (m, n), each stored column by column: element (i, j) of c is c[i + j * m].
#endif
// Each thread computes one element of c, straight from device memory. Extents are any positive numbers.
//
// What counts is which element of c a thread takes. The lanes of a warp are to read one matrix in 4 sectors a request
// and the other in 1, and to write c in 4; the other choice costs 32.
//
// APPROACH: a block of 32 x 8 threads. threadIdx.x goes from lane to lane; let it go along the axis of c whose elements
// lie side by side.
//
// HINT 6.2: a thread outside of c returns, or the block runs over the edge.
#if LAB_layout_plain
// HINT 6.2: with j from threadIdx.x, b[p * n + j] are neighbours for neighbouring lanes, and a[i * k + p] is one
//   element.
#elif LAB_layout_transposed
// HINT 6.2: with j from threadIdx.x, b[p * n + j] are neighbours for neighbouring lanes, and a[p * m + i] is one
//   element.
#elif LAB_layout_columns
// HINT 6.2: with i from threadIdx.x, a[i + p * m] are neighbours for neighbouring lanes, and b[p + j * k] is one
//   element.
#endif
__global__ void multiply_kernel(float* c, const float* a, const float* b, int m, int n, int k) {
  // BEGIN KERNEL 6.2
  const int across = blockIdx.x * blockDim.x + threadIdx.x;
  const int down = blockIdx.y * blockDim.y + threadIdx.y;
#if LAB_layout_columns
  const int i = across, j = down;
#else
  const int i = down, j = across;
#endif
  if (i >= m || j >= n) return;
  float sum = 0;
#if LAB_layout_plain
  for (int p = 0; p < k; ++p) sum += a[i * k + p] * b[p * n + j];
  c[i * n + j] = sum;
#elif LAB_layout_transposed
  for (int p = 0; p < k; ++p) sum += a[p * m + i] * b[p * n + j];
  c[i * n + j] = sum;
#elif LAB_layout_columns
  for (int p = 0; p < k; ++p) sum += a[i + p * m] * b[p + j * k];
  c[i + j * m] = sum;
#endif
  // END KERNEL
}

void multiply(float* c, const float* a, const float* b, int m, int n, int k) {
  // BEGIN SOLUTION 6.2
#if LAB_layout_columns
  const dim3 grid(ceil_divide(m, 32), ceil_divide(n, 8));
#else
  const dim3 grid(ceil_divide(n, 32), ceil_divide(m, 8));
#endif
  launch(multiply_kernel, {.grid = grid, .block = dim3(32, 8)}, c, a, b, m, n, k);
  // END SOLUTION
}

// Lab 6.3: tiles in shared memory.
//
// c = f(a b + bias), with a (m, k), b (k, n), bias (n,), c (m, n), all row by row, and
#if LAB_epilogue_relu
//   f(v) = v if v > 0, else 0.
#elif LAB_epilogue_leaky
//   f(v) = v if v > 0, else 0.1 v.
#elif LAB_epilogue_clamp
//   f(v) = v, but not below 0 and not above 1.
#endif
// A block computes a 16 x 16 tile of c. It walks along k in steps of 16: its threads copy a 16 x 16 tile of a and one
// of b into shared memory, one element of each a thread; then each thread multiplies from there. So an element of a is
// read from device memory n / 16 times and not n times: at 64 x 64 x 64, the two matrices in 4096 sectors in place of
// 40960. Extents are any positive numbers.
//
// APPROACH: __shared__ float tile_a[16][16], tile_b[16][16]; a loop over tiles with load, wait, multiply, wait.
//
// HINT 6.3: beyond the edge of a or b the tile holds 0, which adds nothing. No thread returns early: all of the block
//   have to come to each __syncthreads().
// HINT 6.3: two barriers a step: nobody multiplies before all have loaded, nobody loads the next tile before all have
//   multiplied.
__global__ void multiply_tiled_kernel(float* c, const float* a, const float* b, const float* bias, int m, int n,
                                      int k) {
  // BEGIN KERNEL 6.3
  __shared__ float tile_a[16][16], tile_b[16][16];
  const int x = threadIdx.x, y = threadIdx.y;
  const int i = blockIdx.y * 16 + y, j = blockIdx.x * 16 + x;
  float sum = 0;
  for (int first = 0; first < k; first += 16) {
    tile_a[y][x] = i < m && first + x < k ? a[i * k + first + x] : 0;
    tile_b[y][x] = first + y < k && j < n ? b[(first + y) * n + j] : 0;
    __syncthreads();
    for (int p = 0; p < 16; ++p) sum += tile_a[y][p] * tile_b[p][x];
    __syncthreads();
  }
  if (i >= m || j >= n) return;
  const float v = sum + bias[j];
#if LAB_epilogue_relu
  c[i * n + j] = v > 0 ? v : 0;
#elif LAB_epilogue_leaky
  c[i * n + j] = v > 0 ? v : 0.1f * v;
#elif LAB_epilogue_clamp
  c[i * n + j] = v < 0 ? 0 : v > 1 ? 1 : v;
#endif
  // END KERNEL
}

void multiply_tiled(float* c, const float* a, const float* b, const float* bias, int m, int n, int k) {
  // BEGIN SOLUTION 6.3
  const dim3 grid(ceil_divide(n, 16), ceil_divide(m, 16));
  launch(multiply_tiled_kernel, {.grid = grid, .block = dim3(16, 16)}, c, a, b, bias, m, n, k);
  // END SOLUTION
}

// Lab 6.4: through shared memory, without bank conflicts.
//
// x (rows, columns), y (columns, rows), both row by row, and
#if LAB_turn_transpose
//   y[j][i] = x[i][j].
#elif LAB_turn_antitranspose
//   y[columns - 1 - j][rows - 1 - i] = x[i][j]: turned over along the other diagonal.
#elif LAB_turn_quarter
//   y[j][rows - 1 - i] = x[i][j]: a quarter turn clockwise.
#endif
// A kernel that reads rows and writes columns moves 32 sectors a request on one side. With a tile of 32 x 32 in shared
// memory both sides take 4; then the tile is read by columns, and its 32 rows begin in one and the same of the 32
// banks: 32 passes where 1 would do. Neither is to happen.
//
// APPROACH: copy a tile by rows into shared memory, wait, write it by rows of y. Give the tile's rows another pitch.
//
// HINT 6.4: __shared__ float tile[32][33]: element (r, c) is in bank (33 r + c) % 32 = (r + c) % 32.
// HINT 6.4: after the barrier threadIdx.x goes along a row of y: it was the row of the tile, now it is the column.
__global__ void transpose_kernel(float* y, const float* x, int rows, int columns) {
  // BEGIN KERNEL 6.4
  __shared__ float tile[32][33];
  const int i0 = blockIdx.y * 32, j0 = blockIdx.x * 32;
  const int lane = threadIdx.x;
  for (int r = threadIdx.y; r < 32; r += 8) {
    if (i0 + r < rows && j0 + lane < columns) tile[r][lane] = x[(i0 + r) * columns + j0 + lane];
  }
  __syncthreads();
  for (int r = threadIdx.y; r < 32; r += 8) {
    const int i = i0 + lane, j = j0 + r;
    if (i >= rows || j >= columns) continue;
#if LAB_turn_transpose
    y[j * rows + i] = tile[lane][r];
#elif LAB_turn_antitranspose
    y[(columns - 1 - j) * rows + rows - 1 - i] = tile[lane][r];
#elif LAB_turn_quarter
    y[j * rows + rows - 1 - i] = tile[lane][r];
#endif
  }
  // END KERNEL
}

void transpose(float* y, const float* x, int rows, int columns) {
  // BEGIN SOLUTION 6.4
  const dim3 grid(ceil_divide(columns, 32), ceil_divide(rows, 32));
  launch(transpose_kernel, {.grid = grid, .block = dim3(32, 8)}, y, x, rows, columns);
  // END SOLUTION
}

// Lab 6.5: a block of sums in registers.
//
#if LAB_product_ab
// c = a b, with a (m, k), b (k, n), c (m, n), all row by row; any positive extents.
#elif LAB_product_abt
// c = a b^T, with a (m, k), b (n, k), c (m, n), all row by row; any positive extents.
#endif
// In Lab 6.3 each multiplication needs two loads from shared memory, and these are the limit. Here a thread owns 4 x 4
// elements of c: it loads 4 numbers of a and 4 of b into registers and multiplies all 16 pairs. That makes 8 loads for
// 16 multiplications, 0.5 each; 0.6 is asked for. Device memory is read less often than in Lab 6.3, too.
//
// APPROACH: a block of 16 x 16 threads owns 64 x 64 elements of c and walks along k in steps of 8. Shared memory holds
// 64 x 8 numbers of a and 8 x 64 of b.
//
// HINT 6.5: thread (x, y) owns the rows y, y + 16, y + 32, y + 48 and the columns x, x + 16, ...: neighbouring lanes
//   then read neighbouring words.
// HINT 6.5: 256 threads copy 512 numbers of each matrix: for (int e = t; e < 512; e += 256), with t = y * 16 + x.
// HINT 6.5: float sum[4][4] and loops with constant limits: an array that is indexed by constants alone lives in
//   registers.
__global__ void multiply_registers_kernel(float* c, const float* a, const float* b, int m, int n, int k) {
  // BEGIN KERNEL 6.5
  __shared__ float tile_a[64][9], tile_b[8][65];
  const int x = threadIdx.x, y = threadIdx.y, t = y * 16 + x;
  const int i0 = blockIdx.y * 64, j0 = blockIdx.x * 64;
  float sum[4][4] = {};
  for (int first = 0; first < k; first += 8) {
    for (int e = t; e < 512; e += 256) {
      const int i = i0 + e / 8, p = first + e % 8;
      tile_a[e / 8][e % 8] = i < m && p < k ? a[i * k + p] : 0;
#if LAB_product_ab
      const int q = first + e / 64, j = j0 + e % 64;
      tile_b[e / 64][e % 64] = q < k && j < n ? b[q * n + j] : 0;
#elif LAB_product_abt
      const int j = j0 + e / 8;
      tile_b[e % 8][e / 8] = p < k && j < n ? b[j * k + p] : 0;
#endif
    }
    __syncthreads();
    for (int p = 0; p < 8; ++p) {
      float left[4], right[4];
      for (int r = 0; r < 4; ++r) left[r] = tile_a[y + 16 * r][p];
      for (int r = 0; r < 4; ++r) right[r] = tile_b[p][x + 16 * r];
      for (int r = 0; r < 4; ++r) {
        for (int s = 0; s < 4; ++s) sum[r][s] += left[r] * right[s];
      }
    }
    __syncthreads();
  }
  for (int r = 0; r < 4; ++r) {
    for (int s = 0; s < 4; ++s) {
      const int i = i0 + y + 16 * r, j = j0 + x + 16 * s;
      if (i < m && j < n) c[i * n + j] = sum[r][s];
    }
  }
  // END KERNEL
}

void multiply_registers(float* c, const float* a, const float* b, int m, int n, int k) {
  // BEGIN SOLUTION 6.5
  const dim3 grid(ceil_divide(n, 64), ceil_divide(m, 64));
  launch(multiply_registers_kernel, {.grid = grid, .block = dim3(16, 16)}, c, a, b, m, n, k);
  // END SOLUTION
}

// Lab 6.6: four at a time.
//
// y[i] = f(x[i]) for i of 0 ... n - 1, n any number from 0 on, with
#if LAB_activation_silu
//   f(v) = v / (1 + e^-v).
#elif LAB_activation_relusquared
//   f(v) = v^2 if v > 0, else 0.
#elif LAB_activation_softsign
//   f(v) = v / (1 + |v|).
#endif
// A lane may move 16 bytes at once, a float4: a request of a warp then moves 16 sectors, and there are a quarter as
// many. x and y begin at a multiple of 16 bytes. Where n is no multiple of 4, the last elements go one by one.
//
// APPROACH: cadena::cuda::load_float4(x + 4 * q) and store_float4(y + 4 * q, value) for q < n / 4; one more loop, or a
// few threads, for the rest.
//
// HINT 6.6: threads count in groups of four: n / 4 groups, then the elements 4 * (n / 4) ... n - 1.
// HINT 6.6: a float4 that reaches beyond n is out of bounds even where its first element is not.
__global__ void activate_kernel(float* y, const float* x, int n) {
  // BEGIN KERNEL 6.6
  const auto f = [](float v) {
#if LAB_activation_silu
    return v / (1 + expf(-v));
#elif LAB_activation_relusquared
    return v > 0 ? v * v : 0;
#elif LAB_activation_softsign
    return v / (1 + fabsf(v));
#endif
  };
  const int t = blockIdx.x * blockDim.x + threadIdx.x, groups = n / 4;
  if (t < groups) {
    const float4 v = load_float4(x + 4 * t);
    store_float4(y + 4 * t, make_float4(f(v.x), f(v.y), f(v.z), f(v.w)));
  } else if (t - groups < n % 4) {
    const int i = 4 * groups + t - groups;
    y[i] = f(x[i]);
  }
  // END KERNEL
}

void activate(float* y, const float* x, int n) {
  // BEGIN SOLUTION 6.6
  const int threads = n / 4 + n % 4;
  if (threads > 0) launch(activate_kernel, {.grid = unsigned(ceil_divide(threads, 128)), .block = 128}, y, x, n);
  // END SOLUTION
}

}  // namespace lab
