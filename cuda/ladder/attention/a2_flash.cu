// A2, fused: the matrix of scores never leaves the chip.
//
// New: a block owns 64 queries and walks over tiles of 64 keys. It keeps, for each query, the largest score m so far,
//   the sum l of e^(s - m) and the sum of e^(s - m) v. Where m grows, both sums shrink by e^(m_old - m_new). In the end
//   O = sum / l, and L = m + log l is all that the backward pass needs of the softmax.
// Why: softmax looks like it wants the whole row first; the running form (Milakov and Gimelshein 2018, "Online
//   normalizer calculation for softmax"; Dao et al. 2022, "FlashAttention") wants each score once.
// Metric: bytes of memory per score: from 16 + 16 d / n to 16 d / n (Q, K, V, O once; L), from 24 to 8 at n = 128,
//   d = 64. A head at n = 4,096, d = 128: from 264 to 8 MiB.
// Expect: 6 % of the best attention in bf16: no more waiting for memory, f32 on the CUDA cores is the limit.
// Next: differentiate it with no matrix of weights to look at (A3); then tensor cores (A4).
#include "cuda/ladder/attention/flash.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/runtime/dynamic_shared.h"

#include <limits>

namespace cadena::cuda::ladder {
namespace {

template <int depth>
struct Shared {
  FlashRows<depth> q, kv;  // keys first, then values in their place
  FlashRows<kFlashTile> weights;
};

// Each block owns 64 queries, each group of 16 threads four of them, each thread every 16th key and every 16th column.
template <int depth>
__global__ void __launch_bounds__(kFlashThreads) attention_flash(AttentionShape shape, float scale, const float* Q,
                                                                 const float* K, const float* V, float* O, float* lse) {
  auto& shared = *dynamic_shared<Shared<depth>>();
  const AttentionTask task(static_cast<int>(blockIdx.x), shape, shape.queries, kFlashTile, Order::last_first,
                           sizeof(*Q));
  const int y = threadIdx.x / 16, x = threadIdx.x % 16;
  const float* k = member_of(K, task.member, shape.keys, shape.depth);
  const float* v = member_of(V, task.member, shape.keys, shape.depth);
  constexpr float kNone = -std::numeric_limits<float>::infinity();

  load_rows<depth>(shared.q, member_of(Q, task.member, shape.queries, shape.depth), task.row, shape.queries,
                   shape.depth);
  //! [kernel]
  float top[4] = {kNone, kNone, kNone, kNone}, total[4] = {}, sum[4][depth / 16] = {};
  const int seen = shape.keys_for(task.row + kFlashTile);
  for (int key = 0; key < seen; key += kFlashTile) {
    // Multiply: a tile of scores.
    __syncthreads();  // nobody reads the values before
    load_rows<depth>(shared.kv, k, key, shape.keys, shape.depth);
    __syncthreads();
    float s[4][4];
    multiply_rows<depth>(s, shared.q, shared.kv);

    // Weigh: the running maximum and sums of each row.
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      float largest = top[i], added = 0;
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const int column = key + x + j * 16;
        const bool visible = column < shape.keys && shape.visible(task.row + y * 4 + i, column);
        s[i][j] = visible ? s[i][j] * scale : kNone;
        largest = Maximum()(largest, s[i][j]);
      }
      largest = row_fold(largest, Maximum());
      const bool blind = largest == kNone;  // no key so far: -inf - -inf would be NaN
      const float shrink = blind ? 1.0f : expf(top[i] - largest);
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        s[i][j] = blind ? 0.0f : expf(s[i][j] - largest);
        added += s[i][j];
      }
      top[i] = largest;
      total[i] = total[i] * shrink + row_fold(added, Sum());
#pragma unroll
      for (int c = 0; c < depth / 16; ++c) sum[i][c] *= shrink;
    }
    share_weights(shared.weights, s);

    // Multiply: the weights by the values.
    __syncthreads();  // nobody reads the keys any more
    load_rows<depth>(shared.kv, v, key, shape.keys, shape.depth);
    __syncthreads();
    add_weighted<depth>(sum, shared.weights, shared.kv);
  }
  //! [kernel]

  // Store.
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = task.row + y * 4 + i;
    if (x == 0 && row < shape.queries) member_of(lse, task.member, shape.queries, 1)[row] = top[i] + logf(total[i]);
#pragma unroll
    for (int c = 0; c < depth / 16; ++c) sum[i][c] = total[i] == 0 ? 0.0f : sum[i][c] / total[i];
  }
  float* o = member_of(O, task.member, shape.queries, shape.depth);
  for_each_sum<depth>(sum, task.row, shape.queries, shape.depth,
                      [&](int i, int c, float value) { o[at(i, c, shape.depth)] = value; });
}

}  // namespace

void attention_a2(const Attention<float>& p) {
  if (p.shape.members() * p.shape.queries == 0) return;
  with_flash_depth("attention_a2", p.shape.depth, [&](auto depth) {
    launch(attention_flash<depth>,
           {.grid = AttentionTask::grid(p.shape.members(), p.shape.queries, kFlashTile),
            .block = dim3(kFlashThreads),
            .shared_bytes = sizeof(Shared<depth>),
            .stream = p.stream},
           p.shape, p.shape.scale(), p.q, p.k, p.v, p.out, p.lse);
  });
}

}  // namespace cadena::cuda::ladder
