// A4, tensor cores: mma.sync, ldmatrix, and copies in flight, in bf16.
//
// New: a block of four warps owns 128 queries, a warp 32 of them. Scores are sums of mma.sync in registers, and the
//   weights, rounded to bf16, are already where the next product wants its left factor: they never see shared memory.
//   cp.async fetches the values while the scores are computed, and the next keys while the values are summed. Scores
//   are kept in units of log 2, so that e^x is one instruction, ex2.
// Why: the tensor cores multiply sixteen times as fast; fed from registers and swizzled tiles they need not wait (Dao
//   2023, "FlashAttention-2").
// Metric: FMAs per multiply instruction: from 32 to 16 * 8 * 16 = 2,048. Wavefronts per ldmatrix_x4: 4, without excess.
//   Tiles in flight while one is multiplied: from 0 to 1.
// Expect: 300 to 370 TFLOP/s at d = 128 on an H200 (FlashAttention-2: 370 / 335): mma.sync reaches 65 % of peak there.
// Next: e^x takes a third as long as the products and the tensor cores wait for it; two groups of warps could take
//   turns (A5, on Hopper).
#include "cuda/ladder/attention/bf16_tiles.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/ladder/attention/task.h"
#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/exp2.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

#include <limits>

namespace cadena::cuda::ladder {
namespace {

constexpr int kQueries = 128, kKeys = 64;  // a tile
constexpr int kWarps = 4, kThreads = kWarps * 32;
constexpr int kRows = kQueries / kWarps / 16;  // blocks of 16 queries a warp
constexpr int kBlocks = kKeys / 8;             // blocks of 8 keys

template <int depth>
struct Shared {
  __nv_bfloat16 q[kQueries][depth], k[kKeys][depth], v[kKeys][depth];
};

// Each block owns 128 queries, each warp 32 of them; of each 16 x 8 scores a lane owns two neighbours in row lane / 4
// and two in the row eight below.
template <int depth>
__global__ void __launch_bounds__(kThreads, 2)
    attention_mma(AttentionShape shape, float scale, const __nv_bfloat16* Q, const __nv_bfloat16* K,
                  const __nv_bfloat16* V, __nv_bfloat16* O, float* lse) {
  auto& shared = *dynamic_shared<Shared<depth>>();
  const AttentionTask task(static_cast<int>(blockIdx.x), shape, shape.queries, kQueries, Order::last_first, sizeof(*Q));
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warp_row = warp * kRows * 16;
  const __nv_bfloat16* k = member_of(K, task.member, shape.keys, depth);
  const __nv_bfloat16* v = member_of(V, task.member, shape.keys, depth);
  const float scale_log2 = scale * kLog2E;
  constexpr float kNone = -std::numeric_limits<float>::infinity();

  float top[kRows][2], total[kRows][2] = {}, sum[kRows][depth / 8][4] = {};
#pragma unroll
  for (int i = 0; i < kRows; ++i) top[i][0] = top[i][1] = kNone;

  const int seen = shape.keys_for(task.row + kQueries);
  copy_rows<kThreads>(shared.q, member_of(Q, task.member, shape.queries, depth), task.row, shape.queries);
  copy_rows<kThreads>(shared.k, k, 0, shape.keys);
  async_copy_commit();
  for (int key = 0; key < seen; key += kKeys) {
    //! [scores]
    // Multiply: scores, while the values are on their way.
    async_copy_wait<0>();
    __syncthreads();  // the keys are there, and nobody reads the values before
    copy_rows<kThreads>(shared.v, v, key, shape.keys);
    async_copy_commit();
    float s[kRows][kBlocks][4] = {};
#pragma unroll
    for (int c = 0; c < depth; c += 16) {
      std::uint32_t a[kRows][4];
#pragma unroll
      for (int i = 0; i < kRows; ++i) load_a(a[i], shared.q, warp_row + i * 16, c);
#pragma unroll
      for (int j = 0; j < kBlocks; j += 2) {
        std::uint32_t b[2][2];
        load_b(b, shared.k, j * 8, c);
#pragma unroll
        for (int i = 0; i < kRows; ++i) {
          mma_m16n8k16(s[i][j], a[i], b[0], bf16_tag{});
          mma_m16n8k16(s[i][j + 1], a[i], b[1], bf16_tag{});
        }
      }
    }
    //! [scores]

    // Hide: only tiles that an edge or the diagonal cuts.
    if (key + kKeys > shape.keys || !shape.visible(task.row, key + kKeys - 1)) {
#pragma unroll
      for (int i = 0; i < kRows; ++i) {
#pragma unroll
        for (int j = 0; j < kBlocks; ++j) {
#pragma unroll
          for (int e = 0; e < 4; ++e) {
            const int row = task.row + warp_row + i * 16 + e / 2 * 8 + lane / 4;
            const int column = key + j * 8 + lane % 4 * 2 + e % 2;
            if (column >= shape.keys || !shape.visible(row, column)) s[i][j][e] = kNone;
          }
        }
      }
    }

    //! [weigh]
    // Fetch the next keys while the rest goes on.
    async_copy_wait<0>();
    __syncthreads();  // the values are there, and nobody reads the keys any more
    if (key + kKeys < seen) copy_rows<kThreads>(shared.k, k, key + kKeys, shape.keys);
    async_copy_commit();

    // Weigh: the running maximum and sums of each row; four neighbouring lanes own it. Each keeps its own part of the
    // sum until the end.
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        float largest = top[i][half];
#pragma unroll
        for (int j = 0; j < kBlocks; ++j) {
          largest = fmaxf(largest, fmaxf(s[i][j][half * 2], s[i][j][half * 2 + 1]));
        }
        largest = fmaxf(largest, __shfl_xor_sync(kFullWarp, largest, 1));
        largest = fmaxf(largest, __shfl_xor_sync(kFullWarp, largest, 2));
        const float shift = largest == kNone ? 0.0f : largest * scale_log2;  // -inf - -inf would be NaN
        const float shrink = exp2_fast(top[i][half] * scale_log2 - shift);
        top[i][half] = largest;
        total[i][half] *= shrink;
#pragma unroll
        for (int j = 0; j < kBlocks; ++j) {
#pragma unroll
          for (int e = half * 2; e < half * 2 + 2; ++e) {
            s[i][j][e] = exp2_fast(s[i][j][e] * scale_log2 - shift);
            total[i][half] += s[i][j][e];
          }
        }
#pragma unroll
        for (int c = 0; c < depth / 8; ++c) {
          sum[i][c][half * 2] *= shrink;
          sum[i][c][half * 2 + 1] *= shrink;
        }
      }
    }

    // Multiply: the weights by the values.
#pragma unroll
    for (int j = 0; j < kBlocks; j += 2) {
      std::uint32_t a[kRows][4];
#pragma unroll
      for (int i = 0; i < kRows; ++i) to_a(a[i], s[i][j], s[i][j + 1]);
#pragma unroll
      for (int c = 0; c < depth / 8; c += 2) {
        std::uint32_t b[2][2];
        load_b_trans(b, shared.v, j * 8, c * 8);
#pragma unroll
        for (int i = 0; i < kRows; ++i) {
          mma_m16n8k16(sum[i][c], a[i], b[0], bf16_tag{});
          mma_m16n8k16(sum[i][c + 1], a[i], b[1], bf16_tag{});
        }
      }
    }
    //! [weigh]
  }
  async_copy_wait<0>();

  // Store.
  __nv_bfloat16* o = member_of(O, task.member, shape.queries, depth);
#pragma unroll
  for (int i = 0; i < kRows; ++i) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float all = total[i][half];
      all += __shfl_xor_sync(kFullWarp, all, 1);
      all += __shfl_xor_sync(kFullWarp, all, 2);
      const int row = task.row + warp_row + i * 16 + half * 8 + lane / 4;
      if (row >= shape.queries) continue;
      const float inverse = all == 0 ? 0.0f : 1 / all;  // a query that sees no key has 0
      if (lane % 4 == 0) member_of(lse, task.member, shape.queries, 1)[row] = top[i][half] * scale + logf(all);
#pragma unroll
      for (int c = 0; c < depth / 8; ++c) {
        store2(&o[at(row, c * 8 + lane % 4 * 2, depth)], sum[i][c][half * 2] * inverse,
               sum[i][c][half * 2 + 1] * inverse);
      }
    }
  }
}

}  // namespace

void attention_a4(const Attention<__nv_bfloat16>& p) {
  if (p.shape.members() * p.shape.queries == 0) return;
  with_bf16_depth("attention_a4", p.shape.depth, {p.q, p.k, p.v, p.out}, [&](auto depth) {
    launch(attention_mma<depth>,
           {.grid = AttentionTask::grid(p.shape.members(), p.shape.queries, kQueries),
            .block = dim3(kThreads),
            .shared_bytes = sizeof(Shared<depth>),
            .stream = p.stream},
           p.shape, p.shape.scale(), p.q, p.k, p.v, p.out, p.lse);
  });
}

}  // namespace cadena::cuda::ladder
