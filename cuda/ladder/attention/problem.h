// The problem that every step of the attention ladder solves, and what its backward steps solve.
#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <cstddef>

#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {

/// Sizes of attention: `batch` times `heads` members, each with its own queries, keys and values of width `depth`.
/// Matrices are row-major and follow each other without gaps: (batch, heads, queries or keys, depth).
struct AttentionShape {
  int batch = 1;
  int heads = 1;
  int queries = 0;
  int keys = 0;
  int depth = 0;
  bool causal = false;  ///< query i sees keys up to i + keys - queries: the last query sees all

  /// How many independent problems there are.
  __host__ __device__ int members() const { return batch * heads; }
  /// Whether no query meets a key.
  bool is_empty() const { return members() == 0 || queries == 0 || keys == 0; }
  /// What scores are multiplied by: 1 / sqrt(depth).
  float scale() const { return static_cast<float>(1 / std::sqrt(static_cast<double>(depth))); }
  /// Whether a query sees a key; both exist.
  __host__ __device__ bool visible(int query, int key) const { return !causal || key <= query + keys - queries; }
  /// Queries before `query_end` see no key from this one on.
  __host__ __device__ int keys_for(int query_end) const {
    if (!causal) return keys;
    const int end = query_end + keys - queries;
    return end < 0 ? 0 : end < keys ? end : keys;
  }
  /// The first query that sees a key from `key` on.
  __host__ __device__ int first_query_for(int key) const {
    const int first = causal ? key - keys + queries : 0;
    return first < 0 ? 0 : first;
  }
  /// Multiplications and additions of the two products of the forward pass, as the literature counts them: half of all
  /// where causal. The backward pass has five products, 2.5 times as many.
  double flop() const { return 4.0 * members() * queries * keys * depth * (causal ? 0.5 : 1); }
  /// Rows of each member, and numbers in all, of the room in which A5's backward pass adds up dQ.
  __host__ __device__ int dq_sum_rows() const { return tiles(queries, 128) * 128; }
  std::size_t dq_sum_size() const { return static_cast<std::size_t>(members()) * at(dq_sum_rows(), 0, depth); }
};

/// \f$ O = \mathrm{softmax}(Q K^T / \sqrt d) V \f$ and \f$ L_i = \log \sum_j e^{s_{ij}} \f$ on device memory. A query
/// that sees no key has O = 0 and L = -inf.
template <class T>
struct Attention {
  AttentionShape shape;
  const T* q = nullptr;
  const T* k = nullptr;
  const T* v = nullptr;
  T* out = nullptr;
  float* lse = nullptr;      ///< L: members x queries
  float* weights = nullptr;  ///< A1 alone: members x queries x keys, the softmax that its backward pass wants
  cudaStream_t stream = nullptr;
};

/// The cotangents of Q, K and V from that of O. With \f$ P = e^{S - L} \f$ and \f$ D_i = \sum_c dO_{ic} O_{ic} \f$:
/// \f$ dV = P^T dO \f$, \f$ dS = P \circ (dO\, V^T - D) / \sqrt d \f$, \f$ dQ = dS\, K \f$, \f$ dK = dS^T Q \f$.
template <class T>
struct AttentionGradient {
  AttentionShape shape;
  const T* q = nullptr;
  const T* k = nullptr;
  const T* v = nullptr;
  const T* out = nullptr;
  const float* lse = nullptr;
  const T* dout = nullptr;
  T* dq = nullptr;
  T* dk = nullptr;
  T* dv = nullptr;
  float* rows = nullptr;              ///< room for 2 x members x queries numbers; not A1
  float* dq_sum = nullptr;            ///< A5 alone: room for shape.dq_sum_size() numbers, 16-byte aligned
  const float* weights = nullptr;     ///< A1 alone: what its forward pass left
  float* weights_gradient = nullptr;  ///< A1 alone: room for members x queries x keys numbers
  cudaStream_t stream = nullptr;
};

/// Member number `member` of matrices of rows x columns that follow each other.
template <class T>
__host__ __device__ __forceinline__ T* member_of(T* matrices, int member, int rows, int columns) {
  return matrices +
         static_cast<std::size_t>(member) * static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

}  // namespace cadena::cuda::ladder
