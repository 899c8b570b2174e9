// A3, fused backward in f32: the weights come back from the log-sum-exp.
//
// New: P = e^(S - L) is computed again, a tile at a time, where A1 had kept it. The mean of the softmax's backward,
//   sum_j P_ij dP_ij, equals D_i = sum_c dO_ic O_ic (put O = P V into it), so one small kernel yields it in advance.
//   Then one pass owns tiles of keys and sums dV = P^T dO and dK = dS^T Q, another owns tiles of queries and sums dQ =
//   dS K, with dS = P (dP - D) / sqrt(d). The factor stands in dQ and dK, not in dV.
// Why: nothing of the size of queries x keys is kept or moved. Every sum has one owner: no atomics, and the same bits
//   in every run. This is the exact reference in f32 for the steps in bf16. (That computing S again also takes less
//   time than fetching it holds on the tensor cores, not on the CUDA cores: 2 d operations for 4 bytes.)
// Metric: bytes of memory per score: from 44 to (52 d + 20) / n, 26.2 at n = 128, d = 64. Bytes kept for the backward
//   pass, beside the inputs and O: from 4 S^2 to 4 S a head. FLOP: from 4 products to 7 (S and dP in both passes).
// Expect: 6 % of the best backward pass in bf16.
// Next: the same two passes on the tensor cores (a4_backward.cu).
#include "cuda/ladder/attention/flash.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/runtime/dynamic_shared.h"

#include <limits>

namespace cadena::cuda::ladder {
namespace {

constexpr int kRowsPerBlock = 4;  // of the row sums, a warp each

// D = the sum over each row of dO O; each warp owns a row.
__global__ void __launch_bounds__(kRowsPerBlock * 32)
    attention_row_sums(int rows, int depth, const float* dO, const float* O, float* D) {
  const int row = static_cast<int>(blockIdx.x) * kRowsPerBlock + warp_index();
  if (row >= rows) return;
  float sum = 0;
  for (int c = lane_index(); c < depth; c += 32) sum += dO[at(row, c, depth)] * O[at(row, c, depth)];
  sum = warp_sum(sum);
  if (lane_index() == 0) D[row] = sum;
}

// What both passes read, of one member.
struct Saved {
  const float *q, *k, *v, *dout, *lse, *D;
  __device__ __forceinline__ Saved of(const AttentionShape& shape, int member) const {
    const auto of_queries = [&](const float* x) { return member_of(x, member, shape.queries, shape.depth); };
    const auto of_keys = [&](const float* x) { return member_of(x, member, shape.keys, shape.depth); };
    return {of_queries(q),
            of_keys(k),
            of_keys(v),
            of_queries(dout),
            member_of(lse, member, shape.queries, 1),
            member_of(D, member, shape.queries, 1)};
  }
};

// The weight of a query and a key: e^(s - L), 0 where hidden, beyond an edge, or where the query sees no key at all.
__device__ __forceinline__ float weight(const AttentionShape& shape, float s, float lse, int query, int key) {
  const bool visible = query < shape.queries && key < shape.keys && shape.visible(query, key);
  return visible && lse != -std::numeric_limits<float>::infinity() ? expf(s - lse) : 0.0f;
}

template <int depth>
struct Shared {
  FlashRows<depth> own, own_value, other, other_value;
  FlashRows<kFlashTile> weights;
};

// Each block owns 64 keys, and dK and dV of them, and walks over the queries. Tiles of scores lie transposed: thread t
// has keys 4 (t / 16) + i and queries t % 16 + 16 j.
template <int depth>
__global__ void __launch_bounds__(kFlashThreads)
    attention_flash_dkdv(AttentionShape shape, float scale, Saved all, float* dK, float* dV) {
  auto& shared = *dynamic_shared<Shared<depth>>();
  const AttentionTask task(static_cast<int>(blockIdx.x), shape, shape.keys, kFlashTile, Order::first_first,
                           sizeof(*dK));
  const Saved saved = all.of(shape, task.member);
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;

  load_rows<depth>(shared.own, saved.k, task.row, shape.keys, shape.depth);
  load_rows<depth>(shared.own_value, saved.v, task.row, shape.keys, shape.depth);
  float dk[4][depth / 16] = {}, dv[4][depth / 16] = {};
  const int first = shape.first_query_for(task.row) / kFlashTile * kFlashTile;
  for (int query = first; query < shape.queries; query += kFlashTile) {
    __syncthreads();  // nobody reads the queries before
    load_rows<depth>(shared.other, saved.q, query, shape.queries, shape.depth);
    load_rows<depth>(shared.other_value, saved.dout, query, shape.queries, shape.depth);
    __syncthreads();

    //! [kernel]
    // dV += P^T dO.
    float p[4][4], dp[4][4], mean[4];
    multiply_rows<depth>(p, shared.own, shared.other);
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const int row = query + x + j * 16;
      const float lse = row < shape.queries ? saved.lse[row] : 0.0f;
      mean[j] = row < shape.queries ? saved.D[row] : 0.0f;
#pragma unroll
      for (int i = 0; i < 4; ++i) p[i][j] = weight(shape, p[i][j] * scale, lse, row, task.row + y * 4 + i);
    }
    share_weights(shared.weights, p);
    add_weighted<depth>(dv, shared.weights, shared.other_value);

    // dK += dS^T Q.
    multiply_rows<depth>(dp, shared.own_value, shared.other_value);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) p[i][j] *= (dp[i][j] - mean[j]) * scale;
    }
    share_weights(shared.weights, p);
    add_weighted<depth>(dk, shared.weights, shared.other);
    //! [kernel]
  }

  float* to_dk = member_of(dK, task.member, shape.keys, shape.depth);
  float* to_dv = member_of(dV, task.member, shape.keys, shape.depth);
  for_each_sum<depth>(dk, task.row, shape.keys, shape.depth,
                      [&](int i, int c, float value) { to_dk[at(i, c, shape.depth)] = value; });
  for_each_sum<depth>(dv, task.row, shape.keys, shape.depth,
                      [&](int i, int c, float value) { to_dv[at(i, c, shape.depth)] = value; });
}

// Each block owns 64 queries, and dQ of them, and walks over the keys.
template <int depth>
__global__ void __launch_bounds__(kFlashThreads)
    attention_flash_dq(AttentionShape shape, float scale, Saved all, float* dQ) {
  auto& shared = *dynamic_shared<Shared<depth>>();
  const AttentionTask task(static_cast<int>(blockIdx.x), shape, shape.queries, kFlashTile, Order::last_first,
                           sizeof(*dQ));
  const Saved saved = all.of(shape, task.member);
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;

  load_rows<depth>(shared.own, saved.q, task.row, shape.queries, shape.depth);
  load_rows<depth>(shared.own_value, saved.dout, task.row, shape.queries, shape.depth);
  float dq[4][depth / 16] = {}, lse[4], mean[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = task.row + y * 4 + i;
    lse[i] = row < shape.queries ? saved.lse[row] : 0.0f;
    mean[i] = row < shape.queries ? saved.D[row] : 0.0f;
  }
  const int seen = shape.keys_for(task.row + kFlashTile);
  for (int key = 0; key < seen; key += kFlashTile) {
    __syncthreads();  // nobody reads the keys before
    load_rows<depth>(shared.other, saved.k, key, shape.keys, shape.depth);
    load_rows<depth>(shared.other_value, saved.v, key, shape.keys, shape.depth);
    __syncthreads();

    //! [dq]
    // dQ += dS K.
    float p[4][4], dp[4][4];
    multiply_rows<depth>(p, shared.own, shared.other);
    multiply_rows<depth>(dp, shared.own_value, shared.other_value);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        p[i][j] = weight(shape, p[i][j] * scale, lse[i], task.row + y * 4 + i, key + x + j * 16) *
                  (dp[i][j] - mean[i]) * scale;
      }
    }
    share_weights(shared.weights, p);
    add_weighted<depth>(dq, shared.weights, shared.other);
    //! [dq]
  }

  float* to_dq = member_of(dQ, task.member, shape.queries, shape.depth);
  for_each_sum<depth>(dq, task.row, shape.queries, shape.depth,
                      [&](int i, int c, float value) { to_dq[at(i, c, shape.depth)] = value; });
}

}  // namespace

void attention_a3(const AttentionGradient<float>& p) {
  const AttentionShape& shape = p.shape;
  const int rows = shape.members() * shape.queries;
  if (rows > 0) {
    launch(attention_row_sums,
           {.grid = dim3(static_cast<unsigned>(tiles(rows, kRowsPerBlock))),
            .block = dim3(kRowsPerBlock * 32),
            .stream = p.stream},
           rows, shape.depth, p.dout, p.out, p.rows);
  }
  with_flash_depth("attention_a3", shape.depth, [&](auto depth) {
    const Saved saved{p.q, p.k, p.v, p.dout, p.lse, p.rows};
    const auto how = [&](int tiled) {
      return Launch{.grid = AttentionTask::grid(shape.members(), tiled, kFlashTile),
                    .block = dim3(kFlashThreads),
                    .shared_bytes = sizeof(Shared<depth>),
                    .stream = p.stream};
    };
    if (shape.members() * shape.keys > 0) {
      launch(attention_flash_dkdv<depth>, how(shape.keys), shape, shape.scale(), saved, p.dk, p.dv);
    }
    if (rows > 0) launch(attention_flash_dq<depth>, how(shape.queries), shape, shape.scale(), saved, p.dq);
  });
}

}  // namespace cadena::cuda::ladder
