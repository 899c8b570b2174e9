#pragma once

#include <limits>

#include "cuda/kernels/element.cuh"
#include "cuda/kernels/layout.h"

/// What the forward and the backward kernels of attention share: tiles of scores, owned by 16 x 16 threads.
namespace cadena::cuda {

inline constexpr unsigned kAttentionThreads = 256;
inline constexpr int kDepthChunk = 32;  // of the width of q and k, for one pair of tiles
inline constexpr int kSumChunk = 16;    // rows that are multiplied with weights at a time
inline constexpr int kWide = 128;       // columns of a result that one block works out

/// Queries, and keys, of one tile. Thread (y, x) of 16 x 16 owns rows y R … y R + R - 1 and columns x, x + 16, …
template <class C>
inline constexpr int kTile = std::is_same_v<C, float> ? 64 : 32;
template <class C>
inline constexpr int kShare = kTile<C> / 16;  // R

/// Row-major matrices, one for each member of a batch.
struct Matrices {
  void* data;
  i64 rows, columns;

  explicit Matrices(const View& x) : data(x.data), rows(x.shape[x.rank - 2]), columns(x.shape[x.rank - 1]) {}

  __device__ __forceinline__ i64 at(i64 index, i64 row) const { return (index * rows + row) * columns; }
};

/// Offsets of one member of the batch: its number, and where its mask begins.
using AttentionBatch = Layout<2>;

/// What the scores are: scale q k^T + mask, hidden where causal says so.
struct Scores {
  const void* mask;
  Dtype dtype;
  i64 mask_row, mask_column;  // strides
  i64 queries, keys;
  bool causal;
  double scale;

  Scores(const View& m, bool is_causal, double factor)
      : mask(m.data),
        dtype(m.dtype),
        mask_row(m.strides[m.rank - 2]),
        mask_column(m.strides[m.rank - 1]),
        queries(m.shape[m.rank - 2]),
        keys(m.shape[m.rank - 1]),
        causal(is_causal),
        scale(factor) {}

  /// Keys before this one may be seen by queries before `query_end`.
  __device__ __forceinline__ i64 keys_for(i64 query_end) const {
    if (!causal) return keys;
    const i64 end = query_end + keys - queries;
    return end < 0 ? 0 : end < keys ? end : keys;
  }

  /// The first query that sees a key from `key` on.
  __device__ __forceinline__ i64 first_query_for(i64 key) const {
    const i64 first = causal ? key - keys + queries : 0;
    return first < 0 ? 0 : first;
  }

  /// The score of a product; minus infinity where it is hidden or does not exist.
  template <class C>
  __device__ __forceinline__ C operator()(C product, i64 mask_at, i64 query, i64 key) const {
    const bool visible = query < queries && key < keys && (!causal || key <= query + keys - queries);
    if (!visible) return -std::numeric_limits<C>::infinity();
    return product * static_cast<C>(scale) +
           load_element<C>(mask, dtype, mask_at + query * mask_row + key * mask_column);
  }
};

/// Shared memory of a block: two tiles of factors, or a chunk of rows to sum; and a tile of weights.
template <class C>
struct AttentionShared {
  union {
    struct {
      C left[kDepthChunk][kTile<C> + 4];
      C right[kDepthChunk][kTile<C> + 4];
    };
    C chunk[kSumChunk][kWide];
  };
  C weights[kTile<C>][kTile<C> + 1];
};

/// Rows [first, first + kTile) and columns [d0, d0 + kDepthChunk) of one matrix, transposed; zeros outside.
template <class C>
__device__ __forceinline__ void load_transposed(C (&tile)[kDepthChunk][kTile<C> + 4], const Matrices& x, Dtype dtype,
                                                i64 index, i64 first, i64 d0) {
  for (unsigned e = threadIdx.x; e < kTile<C> * kDepthChunk; e += kAttentionThreads) {
    const i64 row = first + e / kDepthChunk, d = d0 + e % kDepthChunk;
    const bool inside = row < x.rows && d < x.columns;
    tile[e % kDepthChunk][e / kDepthChunk] = inside ? load_element<C>(x.data, dtype, x.at(index, row) + d) : C{0};
  }
}

/// product = the rows of `left` from `i0` on times those of `right` from `j0` on, transposed.
template <class C>
__device__ __forceinline__ void multiply_rows(C (&product)[kShare<C>][kShare<C>], AttentionShared<C>& shared,
                                              const Matrices& left, i64 i0, const Matrices& right, i64 j0, Dtype dtype,
                                              i64 index) {
  constexpr int R = kShare<C>;
  const unsigned y = threadIdx.x / 16, x = threadIdx.x % 16;
  for (int i = 0; i < R; ++i) {
    for (int j = 0; j < R; ++j) product[i][j] = 0;
  }
  for (i64 d0 = 0; d0 < left.columns; d0 += kDepthChunk) {
    __syncthreads();  // nobody reads what was here before
    load_transposed<C>(shared.left, left, dtype, index, i0, d0);
    load_transposed<C>(shared.right, right, dtype, index, j0, d0);
    __syncthreads();
#pragma unroll 8
    for (int d = 0; d < kDepthChunk; ++d) {
      C a[R], b[R];
#pragma unroll
      for (int i = 0; i < R; ++i) a[i] = shared.left[d][y * R + static_cast<unsigned>(i)];
#pragma unroll
      for (int j = 0; j < R; ++j) b[j] = shared.right[d][x + static_cast<unsigned>(j) * 16];
#pragma unroll
      for (int i = 0; i < R; ++i) {
#pragma unroll
        for (int j = 0; j < R; ++j) product[i][j] += a[i] * b[j];
      }
    }
  }
}

/// The weights of this thread into shared memory, for all to read.
template <class C>
__device__ __forceinline__ void share_weights(AttentionShared<C>& shared, const C (&weights)[kShare<C>][kShare<C>]) {
  const unsigned y = threadIdx.x / 16, x = threadIdx.x % 16;
#pragma unroll
  for (unsigned i = 0; i < kShare<C>; ++i) {
#pragma unroll
    for (unsigned j = 0; j < kShare<C>; ++j) shared.weights[y * kShare<C> + i][x + j * 16] = weights[i][j];
  }
}

/// sum += the shared weights times the rows of `x` from `first` on, columns from `e0` on. Thread (y, x) owns columns
/// e0 + x, e0 + x + 16, … of its rows.
template <class C>
__device__ __forceinline__ void add_weighted(C (&sum)[kShare<C>][kWide / 16], AttentionShared<C>& shared,
                                             const Matrices& x, Dtype dtype, i64 index, i64 first, i64 e0) {
  constexpr unsigned R = kShare<C>;
  const unsigned ty = threadIdx.x / 16, tx = threadIdx.x % 16;
  for (int j0 = 0; j0 < kTile<C>; j0 += kSumChunk) {
    __syncthreads();  // the weights are there, and nobody reads the rows before
    for (unsigned e = threadIdx.x; e < kSumChunk * kWide; e += kAttentionThreads) {
      const i64 row = first + j0 + e / kWide, column = e0 + e % kWide;
      const bool inside = row < x.rows && column < x.columns;
      shared.chunk[e / kWide][e % kWide] = inside ? load_element<C>(x.data, dtype, x.at(index, row) + column) : C{0};
    }
    __syncthreads();
#pragma unroll 4
    for (int j = 0; j < kSumChunk; ++j) {
      C weight[R];
#pragma unroll
      for (unsigned i = 0; i < R; ++i) weight[i] = shared.weights[ty * R + i][j0 + j];
#pragma unroll
      for (unsigned e = 0; e < kWide / 16; ++e) {
        const C value = shared.chunk[j][tx + e * 16];
#pragma unroll
        for (unsigned i = 0; i < R; ++i) sum[i][e] += weight[i] * value;
      }
    }
  }
}

/// The block's number taken apart: (member of the batch, tile of rows, chunk of columns), the last tiles first, because
/// with a causal mask they take longest.
struct AttentionTask {
  i64 member, row, column;

  __device__ __forceinline__ AttentionTask(i64 rows, i64 columns, int tile) {
    const i64 chunks = columns > kWide ? (columns + kWide - 1) / kWide : 1, tiles = (rows + tile - 1) / tile;
    const i64 block = blockIdx.x;
    column = block % chunks * kWide;
    row = (tiles - 1 - block / chunks % tiles) * tile;
    member = block / chunks / tiles;
  }

  static i64 count(i64 members, i64 rows, i64 columns, int tile) {
    return members * ((rows + tile - 1) / tile) * std::max<i64>((columns + kWide - 1) / kWide, 1);
  }
};

}  // namespace cadena::cuda
