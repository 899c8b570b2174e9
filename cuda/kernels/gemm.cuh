#pragma once

#include "cuda/kernels/divider.h"
#include "cuda/kernels/element.cuh"
#include "cuda/kernels/enqueue.h"
#include "cuda/kernels/layout.h"
#include "cuda/kernels/scratch.h"
#include "tensor/base/scalar.h"

/// Matrix products of anything that can be read as a matrix: strided matrices, or the patches of an image.
namespace cadena::cuda {

inline constexpr unsigned kProductThreads = 256;
inline constexpr int kDepth = 16;  // of the sum, for one pair of tiles

/// The extents of y (m, n) = a (m, k) b (k, n), and how many parts the sum is cut into.
struct Product {
  i64 m, n, k;
  i64 parts = 1;
  i64 part = 0;  ///< length of a part, a multiple of kDepth

  /// Few tiles with a long sum leave most of a GPU idle: the sum is cut so that about two blocks a multiprocessor work.
  /// The cut depends on the extents alone, so a result is the same on every device.
  Product(i64 rows, i64 columns, i64 depth, i64 blocks) : m(rows), n(columns), k(depth) {
    constexpr i64 kBlocks = 264, kLeast = 512;
    parts = std::clamp<i64>(std::min(kBlocks / blocks, depth / kLeast), 1, kBlocks);
    part = (depth + parts - 1) / parts;
    part = (part + kDepth - 1) / kDepth * kDepth;
  }
};

/// Offsets of one product of a batch into a, b, y and the bias.
using ProductBatch = Layout<4>;

/// Where y is written: row i, column j lies at i * row + (j / inner) * outer + j % inner.
struct Target {
  void* data;
  Dtype dtype;
  i64 row;
  Divider inner;
  i64 outer;
  const void* bias;   // or null
  bool bias_of_rows;  // one for each row of y instead of each column
  i64 bias_step;

  /// Rows of `columns` elements without gaps.
  Target(void* y, Dtype type, i64 columns, const View& b)
      : data(y),
        dtype(type),
        row(columns),
        inner(std::min<i64>(columns, kMaxElements)),
        outer(inner.divisor()),
        bias(b.data),
        bias_of_rows(false),
        bias_step(b.data == nullptr ? 0 : b.strides[0]) {}

  __device__ __forceinline__ i64 at(i64 i, i64 j) const {
    if (outer == inner.divisor()) return i * row + j;
    const unsigned q = inner.quotient(static_cast<unsigned>(j));
    return i * row + q * outer + (static_cast<unsigned>(j) - q * inner.divisor());
  }

  template <class C>
  __device__ __forceinline__ void put(i64 y_at, i64 bias_at, i64 i, i64 j, C value) const {
    if (bias != nullptr) value += load_element<C>(bias, dtype, bias_at + (bias_of_rows ? i : j) * bias_step);
    store_element(data, dtype, y_at + at(i, j), value);
  }
};

/// What one thread carries of a tile of `edge` rows (or columns) by kDepth of an operand: groups of four neighbours,
/// along the sum where the operand says so, otherwise along its rows.
template <class C, int edge>
struct Carried {
  static constexpr int kQuads = edge * kDepth / 4 / static_cast<int>(kProductThreads);
  C value[kQuads][4];

  /// Reads the tile at row x0 and depth k0; zeros outside the operand.
  template <class Operand>
  __device__ __forceinline__ void fetch(const Operand& operand, i64 at, i64 x0, i64 k0, i64 extent, i64 depth) {
    const bool along = operand.along_sum;
#pragma unroll
    for (int q = 0; q < kQuads; ++q) {
      const int e = static_cast<int>(threadIdx.x + static_cast<unsigned>(q) * kProductThreads);
      const i64 x = x0 + (along ? e / (kDepth / 4) : e % (edge / 4) * 4);
      const i64 k = k0 + (along ? e % (kDepth / 4) * 4 : e / (edge / 4));
      if (x < extent && k < depth) operand.template load<C>(value[q], at, x, k, along ? depth - k : extent - x);
      else
        for (int i = 0; i < 4; ++i) value[q][i] = C{0};
    }
  }

  /// Puts it into shared memory, [depth][row].
  __device__ __forceinline__ void put(C (&tile)[kDepth][edge + 4], bool along) const {
#pragma unroll
    for (int q = 0; q < kQuads; ++q) {
      const int e = static_cast<int>(threadIdx.x + static_cast<unsigned>(q) * kProductThreads);
      const int x = along ? e / (kDepth / 4) : e % (edge / 4) * 4;
      const int k = along ? e % (kDepth / 4) * 4 : e / (edge / 4);
#pragma unroll
      for (int i = 0; i < 4; ++i) tile[along ? k + i : k][along ? x : x + i] = value[q][i];
    }
  }
};

/// Each block owns an edge x edge tile of one part of one product, each thread (edge / 16)^2 of it: rows in groups of
/// four, 64 apart, and columns likewise. While a pair of tiles is multiplied, the next is on its way to registers. With
/// more than one part, sums go to `partial` (part, product, m, n) instead of y.
template <class C, int edge, class A, class B>
__global__ void __launch_bounds__(kProductThreads, 2)
    multiply_tiles(Product p, ProductBatch batch, A a, B b, Target y, C* partial) {
  constexpr int kSide = edge / 16;
  __shared__ __align__(16) C tile_a[2][kDepth][edge + 4];
  __shared__ __align__(16) C tile_b[2][kDepth][edge + 4];

  // Find the tile: the block's number is (part, product, tile row, tile column).
  const i64 across = (p.n + edge - 1) / edge, down = (p.m + edge - 1) / edge;
  const i64 block = blockIdx.x, tile = block % (across * down), product = block / (across * down) % batch.numel;
  const i64 part = block / (across * down) / batch.numel;
  const i64 row = tile / across * edge, column = tile % across * edge;
  i64 at[4];
  batch.offsets(static_cast<unsigned>(product), at);
  const int thread_row = static_cast<int>(threadIdx.x) / 16 * 4, thread_column = static_cast<int>(threadIdx.x) % 16 * 4;

  using Wide = scalar::wrapping_t<C>;  // integers wrap around
  Wide sum[kSide][kSide] = {};
  Carried<C, edge> next_a, next_b;
  const i64 begin = part * p.part, end = p.k < begin + p.part ? p.k : begin + p.part;
  next_a.fetch(a, at[0], row, begin, p.m, p.k);
  next_b.fetch(b, at[1], column, begin, p.n, p.k);
  next_a.put(tile_a[0], a.along_sum);
  next_b.put(tile_b[0], b.along_sum);
  __syncthreads();
  for (i64 k = begin, stage = 0; k < end; k += kDepth, stage ^= 1) {
    const bool more = k + kDepth < end;
    if (more) {
      next_a.fetch(a, at[0], row, k + kDepth, p.m, p.k);
      next_b.fetch(b, at[1], column, k + kDepth, p.n, p.k);
    }
    // Multiply: a column of the tile of a by a row of the tile of b.
#pragma unroll
    for (int l = 0; l < kDepth; ++l) {
      Wide left[kSide], right[kSide];
#pragma unroll
      for (int i = 0; i < kSide; ++i) {
        left[i] = static_cast<Wide>(tile_a[stage][l][thread_row + i % 4 + i / 4 * 64]);
        right[i] = static_cast<Wide>(tile_b[stage][l][thread_column + i % 4 + i / 4 * 64]);
      }
#pragma unroll
      for (int i = 0; i < kSide; ++i) {
#pragma unroll
        for (int j = 0; j < kSide; ++j) sum[i][j] += left[i] * right[j];
      }
    }
    if (more) {
      next_a.put(tile_a[stage ^ 1], a.along_sum);
      next_b.put(tile_b[stage ^ 1], b.along_sum);
    }
    __syncthreads();
  }

  // Store.
#pragma unroll
  for (int i = 0; i < kSide; ++i) {
    const i64 r = row + thread_row + i % 4 + i / 4 * 64;
#pragma unroll
    for (int j = 0; j < kSide; ++j) {
      const i64 c = column + thread_column + j % 4 + j / 4 * 64;
      if (r >= p.m || c >= p.n) continue;
      const C value = static_cast<C>(sum[i][j]);
      if (p.parts == 1) y.put(at[2], at[3], r, c, value);
      else partial[((part * batch.numel + product) * p.m + r) * p.n + c] = value;
    }
  }
}

/// y = the parts of each product added in order; thread i owns elements i, i + threads, …
template <class C>
__global__ void add_parts(Product p, ProductBatch batch, Target y, const C* partial) {
  const i64 matrix = p.m * p.n, count = matrix * batch.numel;
  const i64 threads = i64{gridDim.x} * blockDim.x;
  for (i64 i = i64{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += threads) {
    C sum = partial[i];
    for (i64 part = 1; part < p.parts; ++part) sum = scalar::Add{}(sum, partial[part * count + i]);
    i64 at[4];
    batch.offsets(static_cast<unsigned>(i / matrix), at);
    y.put(at[2], at[3], i % matrix / p.n, i % matrix % p.n, sum);
  }
}

/// Enqueues a batch of products in the compute type C with tiles of `edge`.
template <class C, int edge, class A, class B>
void enqueue_product(i64 m, i64 n, i64 k, const ProductBatch& batch, const A& a, const B& b, const Target& y) {
  if (m == 0 || n == 0 || batch.numel == 0) return;
  const i64 tiles = (m + edge - 1) / edge * ((n + edge - 1) / edge) * batch.numel;
  const Product p(m, n, k, tiles);
  const Scratch<C> partial(p.parts > 1 ? p.parts * batch.numel * m * n : 0);
  enqueue(multiply_tiles<C, edge, A, B>, static_cast<unsigned>(tiles * p.parts), kProductThreads, p, batch, a, b, y,
          partial.data());
  if (p.parts > 1) {
    enqueue(add_parts<C>, blocks_for(m * n * batch.numel, kProductThreads), kProductThreads, p, batch, y,
            partial.data());
  }
}

}  // namespace cadena::cuda
