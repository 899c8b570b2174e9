#include "tests/cuda/microscope/kernels.h"

#include <cuda_bf16.h>

#include <vector>

#include "cuda/runtime/async_copy.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/matrix.h"
#include "cuda/runtime/warp.h"
#include "tests/cuda/microscope/buffer.h"

namespace cadena::cuda::microscope::test {
namespace {

// Each thread one element of C; consecutive lanes own rows below each other.
__global__ void gemm_naive_kernel(const float* A, const float* B, float* C, int n) {
  const int row = blockIdx.x * blockDim.x + threadIdx.x, column = blockIdx.y * blockDim.y + threadIdx.y;
  if (row >= n || column >= n) return;
  float sum = 0;
  for (int k = 0; k < n; ++k) {
    const float a = A[row * n + k];     // NAIVE A
    const float b = B[k * n + column];  // NAIVE B
    sum += a * b;                       // NAIVE FMA
  }
  C[row * n + column] = sum;  // NAIVE C
}

// Consecutive lanes own columns beside each other.
__global__ void gemm_coalesced_kernel(const float* A, const float* B, float* C, int n) {
  const int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
  if (row >= n || column >= n) return;
  float sum = 0;
  for (int k = 0; k < n; ++k) {
    const float a = A[row * n + k];     // COALESCED A
    const float b = B[k * n + column];  // COALESCED B
    sum += a * b;
  }
  C[row * n + column] = sum;  // COALESCED C
}

// Each block owns a 32 x 32 tile of C.
__global__ void gemm_tiled_kernel(const float* A, const float* B, float* C, int n) {
  __shared__ float tile_a[32][32], tile_b[32][32];
  const int row = blockIdx.y * 32 + threadIdx.y, column = blockIdx.x * 32 + threadIdx.x;
  float sum = 0;
  for (int k = 0; k < n; k += 32) {
    const int i = k + threadIdx.x, j = k + threadIdx.y;
    tile_a[threadIdx.y][threadIdx.x] = row < n && i < n ? A[row * n + i] : 0.0f;
    tile_b[threadIdx.y][threadIdx.x] = column < n && j < n ? B[j * n + column] : 0.0f;
    __syncthreads();
    for (int l = 0; l < 32; ++l) sum += tile_a[threadIdx.y][l] * tile_b[l][threadIdx.x];
    __syncthreads();
  }
  if (row < n && column < n) C[row * n + column] = sum;
}

// Each warp owns 16 x 8 of C.
__global__ void gemm_tensor_kernel(const __nv_bfloat16* A, const __nv_bfloat16* B, float* C, int n) {
  const int row = blockIdx.y * 16, column = blockIdx.x * 8, g = threadIdx.x / 4, t = threadIdx.x % 4;
  float d[4] = {0, 0, 0, 0};
  const auto pair = [](__nv_bfloat16 low, __nv_bfloat16 high) {
    return uint32_t(__bfloat16_as_ushort(low)) | uint32_t(__bfloat16_as_ushort(high)) << 16;
  };
  for (int k = 0; k < n; k += 16) {
    uint32_t a[4], b[2];
    for (int i = 0; i < 4; ++i) {
      const __nv_bfloat16* from = A + (row + g + i % 2 * 8) * n + k + 2 * t + i / 2 * 8;
      a[i] = pair(from[0], from[1]);
    }
    for (int i = 0; i < 2; ++i) {
      const __nv_bfloat16* from = B + (k + 2 * t + 8 * i) * n + column + g;
      b[i] = pair(from[0], from[n]);
    }
    mma_m16n8k16(d, a, b, bf16_tag{});  // MMA
  }
  for (int i = 0; i < 4; ++i) C[(row + g + i / 2 * 8) * n + column + 2 * t + i % 2] = d[i];
}

__global__ void copy_kernel(const float* from, float* to, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) to[i] = from[i];  // COPY
}

__global__ void copy_float4_kernel(const float4* from, float4* to, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) to[i] = from[i];  // COPY4
}

template <int pitch>
__global__ void transpose_kernel(const float* from, float* to, int n) {
  __shared__ float tile[32][pitch];
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32 + threadIdx.y;
  tile[threadIdx.y][threadIdx.x] = from[y * n + x];  // TILE IN
  __syncthreads();
  const int tx = blockIdx.y * 32 + threadIdx.x, ty = blockIdx.x * 32 + threadIdx.y;
  to[ty * n + tx] = tile[threadIdx.x][threadIdx.y];  // TILE OUT
}

template <int pitch>
__global__ void load_matrices_kernel(uint32_t* to) {
  __shared__ __align__(16) uint16_t tile[16][pitch];
  for (int i = threadIdx.x; i < 16 * pitch; i += 32) (&tile[0][0])[i] = static_cast<uint16_t>(i);
  __syncwarp();
  uint32_t registers[4];
  ldmatrix_x4(registers, &tile[threadIdx.x % 16][threadIdx.x / 16 * 8]);  // LDMATRIX
  for (int i = 0; i < 4; ++i) to[32 * i + threadIdx.x] = registers[i];
}

__global__ void histogram_kernel(const int* x, int* bins, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) atomicAdd(&bins[x[i]], 1);  // ATOMIC
}

__global__ void functions_kernel(const float* x, float* y, const double* u, double* v, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  y[i] = expf(x[i]) * sqrtf(x[i]) + x[i] / 3.0f;
  v[i] = fma(u[i], 2.0, 1.0);
}

template <bool fenced>
__global__ void sum_by_last_block_kernel(const float* x, float* partial, unsigned* done, float* sum, int n) {
  __shared__ bool is_last;
  float own = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) own += x[i];
  own = warp_sum(own);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = own;  // PARTIAL WRITE
    if (fenced) __threadfence();
    is_last = atomicAdd(done, 1u) == gridDim.x - 1;
  }
  __syncthreads();
  if (!is_last || threadIdx.x != 0) return;
  float total = 0;
  for (unsigned i = 0; i < gridDim.x; ++i) total += partial[i];  // PARTIAL READ
  *sum = total;
}

__global__ void softmax_kernel(const float* x, float* y, int n) {
  const float* row = x + blockIdx.x * n;
  float most = -INFINITY;
  for (int i = threadIdx.x; i < n; i += 32) most = fmaxf(most, row[i]);
  most = warp_max(most);
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += 32) sum += expf(row[i] - most);
  sum = warp_sum(sum);
  for (int i = threadIdx.x; i < n; i += 32) y[blockIdx.x * n + i] = expf(row[i] - most) / sum;
}

__global__ void halve_kernel(__nv_bfloat16* x, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] = __float2bfloat16(__bfloat162float(x[i]) / 2);
}

template <int size>
__global__ void reverse_halves_kernel(__nv_bfloat16* x) {
  __shared__ __nv_bfloat16 tile[size];
  tile[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = tile[size - 1 - threadIdx.x];
}

__global__ void async_pipeline_kernel(const float* from, float* to, int n) {
  __shared__ __align__(16) float buffer[2][128];
  const int tiles = n / 128;
  const auto fetch = [&](int tile) {
    if (tile < tiles) async_copy<16>(&buffer[tile % 2][threadIdx.x * 4], &from[tile * 128 + threadIdx.x * 4]);
    async_copy_commit();
  };
  fetch(0);
  for (int tile = 0; tile < tiles; ++tile) {
    fetch(tile + 1);
    async_copy_wait<1>();
    __syncthreads();
    for (int i = 0; i < 4; ++i) to[tile * 128 + i * 32 + threadIdx.x] = buffer[tile % 2][127 - i * 32 - threadIdx.x];
    __syncthreads();
  }
}

__global__ void half_warp_sums_kernel(float* out) {
  __shared__ float values[32];
  const int lane = threadIdx.x, half = lane / 16;
  const unsigned mask = half == 0 ? 0xffffu : 0xffff0000u;
  float sum = static_cast<float>(lane);
  for (int offset = 8; offset > 0; offset /= 2) sum += __shfl_xor_sync(mask, sum, offset);
  if (half == 0) sum += __shfl_xor_sync(mask, sum, 1);  // one meeting more on this side
  values[lane] = sum;
  __syncwarp(mask);
  const float neighbour = values[lane ^ 1];
  __syncwarp();
  values[lane] = neighbour;
  __syncwarp();
  out[lane] = values[lane ^ 16];
}

__global__ void warp_exchange_kernel(float* out) {
  __shared__ float values[64];
  values[threadIdx.x] = static_cast<float>(threadIdx.x);
  __syncwarp();
  const float other = values[threadIdx.x ^ 1];
  __syncwarp();
  values[threadIdx.x] = other;
  __syncwarp();
  out[threadIdx.x] = values[threadIdx.x ^ 3];
}

__global__ void histogram_shared_kernel(const int* x, int* bins, int n) {
  __shared__ int own[4];
  if (threadIdx.x < 4) own[threadIdx.x] = 0;
  __syncthreads();
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) atomicAdd(&own[x[i]], 1);  // SHARED ATOMIC
  __syncthreads();
  if (threadIdx.x < 4) atomicAdd(&bins[threadIdx.x], own[threadIdx.x]);
}

std::vector<int> four_values(int n) {
  std::vector<int> x(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) x[static_cast<size_t>(i)] = i % 4;
  return x;
}

unsigned blocks_of(int n, int size) { return static_cast<unsigned>(ceil_divide(n, size)); }

}  // namespace

void gemm_naive(int n) {
  const Buffer<float> a(n * n, 1), b(n * n, 1), c(n * n);
  launch(gemm_naive_kernel, {.grid = dim3(blocks_of(n, 32), blocks_of(n, 4)), .block = dim3(32, 4)}, a.get(), b.get(),
         c.get(), n);
}
void gemm_coalesced(int n) {
  const Buffer<float> a(n * n, 1), b(n * n, 1), c(n * n);
  launch(gemm_coalesced_kernel, {.grid = dim3(blocks_of(n, 32), blocks_of(n, 4)), .block = dim3(32, 4)}, a.get(),
         b.get(), c.get(), n);
}
void gemm_tiled(int n) {
  const Buffer<float> a(n * n, 1), b(n * n, 1), c(n * n);
  launch(gemm_tiled_kernel, {.grid = dim3(blocks_of(n, 32), blocks_of(n, 32)), .block = dim3(32, 32)}, a.get(), b.get(),
         c.get(), n);
}
void gemm_tensor(int n) {
  const Buffer<__nv_bfloat16> a(n * n, __float2bfloat16(1)), b(n * n, __float2bfloat16(1));
  const Buffer<float> c(n * n);
  launch(gemm_tensor_kernel, {.grid = dim3(blocks_of(n, 8), blocks_of(n, 16)), .block = 32}, a.get(), b.get(), c.get(),
         n);
}
void copy(int n) {
  const Buffer<float> from(n, 1), to(n);
  launch(copy_kernel, {.grid = blocks_of(n, 128), .block = 128}, from.get(), to.get(), n);
}
void copy_float4(int n) {
  const Buffer<float4> from(n / 4, make_float4(1, 2, 3, 4)), to(n / 4);
  launch(copy_float4_kernel, {.grid = blocks_of(n / 4, 128), .block = 128}, from.get(), to.get(), n / 4);
}
void transpose(int n) {
  const Buffer<float> from(n * n, 1), to(n * n);
  launch(transpose_kernel<32>, {.grid = dim3(blocks_of(n, 32), blocks_of(n, 32)), .block = dim3(32, 32)}, from.get(),
         to.get(), n);
}
void transpose_padded(int n) {
  const Buffer<float> from(n * n, 1), to(n * n);
  launch(transpose_kernel<33>, {.grid = dim3(blocks_of(n, 32), blocks_of(n, 32)), .block = dim3(32, 32)}, from.get(),
         to.get(), n);
}
void load_matrices() {
  const Buffer<uint32_t> to(128);
  launch(load_matrices_kernel<16>, {.block = 32}, to.get());
}
void load_matrices_padded() {
  const Buffer<uint32_t> to(128);
  launch(load_matrices_kernel<24>, {.block = 32}, to.get());
}
void histogram(int n) {
  const Buffer<int> x(four_values(n)), bins(4, 0);
  launch(histogram_kernel, {.grid = blocks_of(n, 64), .block = 64}, x.get(), bins.get(), n);
}
void functions(int n) {
  const Buffer<float> x(n, 1), y(n);
  const Buffer<double> u(n, 1), v(n);
  launch(functions_kernel, {.grid = blocks_of(n, 64), .block = 64}, x.get(), y.get(), u.get(), v.get(), n);
}
void sum_by_last_block(int n) {
  const Buffer<float> x(n, 1), partial(4), sum(1);
  const Buffer<unsigned> done(1, 0);
  launch(sum_by_last_block_kernel<true>, {.grid = 4, .block = 32}, x.get(), partial.get(), done.get(), sum.get(), n);
}
void sum_by_last_block_without_fence(int n) {
  const Buffer<float> x(n, 1), partial(4), sum(1);
  const Buffer<unsigned> done(1, 0);
  launch(sum_by_last_block_kernel<false>, {.grid = 4, .block = 32}, x.get(), partial.get(), done.get(), sum.get(), n);
}
void softmax(int rows, int n) {
  const Buffer<float> x(rows * n, 1), y(rows * n);
  launch(softmax_kernel, {.grid = static_cast<unsigned>(rows), .block = 32}, x.get(), y.get(), n);
}
void halve_in_place(int n) {
  const Buffer<__nv_bfloat16> x(n, __float2bfloat16(1));
  launch(halve_kernel, {.grid = blocks_of(n, 33), .block = 33}, x.get(), n);
}
void reverse_halves() {
  const Buffer<__nv_bfloat16> x(64, __float2bfloat16(1));
  launch(reverse_halves_kernel<64>, {.block = 64}, x.get());
}
void async_pipeline(int n) {
  const Buffer<float> from(n, 1), to(n);
  launch(async_pipeline_kernel, {.block = 32}, from.get(), to.get(), n);
}
void half_warp_sums() {
  const Buffer<float> out(32);
  launch(half_warp_sums_kernel, {.block = 32}, out.get());
}
void warp_exchange() {
  const Buffer<float> out(64);
  launch(warp_exchange_kernel, {.block = 64}, out.get());
}
void histogram_shared(int n) {
  const Buffer<int> x(four_values(n)), bins(4, 0);
  launch(histogram_shared_kernel, {.grid = blocks_of(n, 64), .block = 64}, x.get(), bins.get(), n);
}

}  // namespace cadena::cuda::microscope::test
