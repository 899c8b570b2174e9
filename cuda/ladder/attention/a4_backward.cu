// A4 backward: both passes of A3 on the tensor cores, in bf16.
//
// New: a block of eight warps owns 128 keys (or queries), a warp 16 of them, and walks over 64 queries (or keys) at a
//   time, two stages of cp.async. A warp computes its scores with its own rows to the left: so P and dS, rounded to
//   bf16, are left factors of dV = P^T dO, dK = dS^T Q and dQ = dS K straight from registers, as in the forward pass.
//   One template does both passes; what differs is who owns and who is walked over.
// Why: nothing passes through shared memory between the products, warps never wait for each other, and no sum needs
//   atomics (FlashAttention-2 adds to dQ by atomics instead: 5 products, not 7, and other bits in every run).
// Metric: FMAs per multiply instruction: from 32 to 2,048; 1,463 if only five of the seven products count. Bytes of
//   queries x keys in shared memory: from 8 to 0.
// Expect: 200 to 260 TFLOP/s at d = 128 on an H200, counting five products (FlashAttention-2: 326).
// Next: wgmma (A5), and dQ in the same pass, summed in a fixed order.
#include "cuda/ladder/attention/bf16_tiles.h"
#include "cuda/ladder/attention/row_sums.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/ladder/attention/task.h"
#include "cuda/runtime/dynamic_shared.h"
#include "cuda/runtime/exp2.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kOwn = 128, kWalk = 64;  // rows owned by a block, and walked over at a time
constexpr int kWarps = 8, kThreads = kWarps * 32;
constexpr int kBlocks = kWalk / 8, kPart = kBlocks / 2;  // blocks of 8 rows that are walked over

// Who owns the block's rows.
enum class Owner { queries, keys };

// What both passes read: Q and K, and dO and V, which meet in the products.
struct Saved {
  const __nv_bfloat16 *q, *k, *v, *dout;
  const float* lse;  // in units of log 2, +inf for queries that see no key: e^(s - inf) = 0
  const float* D;
};

template <int depth>
struct Stage {
  __nv_bfloat16 rows[kWalk][depth], values[kWalk][depth];
  float lse[kWalk], D[kWalk];
};
template <int depth>
struct Shared {
  __nv_bfloat16 rows[kOwn][depth], values[kOwn][depth];
  Stage<depth> stage[2];
};

// sum = left right^T for 16 rows of the left tile and 8 * blocks rows, from `first` on, of the right one.
template <int blocks, int depth>
__device__ __forceinline__ void multiply(float (&sum)[blocks][4], const __nv_bfloat16 (&left)[kOwn][depth], int row,
                                         const __nv_bfloat16 (&right)[kWalk][depth], int first) {
#pragma unroll
  for (int j = 0; j < blocks; ++j) sum[j][0] = sum[j][1] = sum[j][2] = sum[j][3] = 0;
#pragma unroll
  for (int c = 0; c < depth; c += 16) {
    std::uint32_t a[4];
    load_a(a, left, row, c);
#pragma unroll
    for (int j = 0; j < blocks; j += 2) {
      std::uint32_t b[2][2];
      load_b(b, right, first + j * 8, c);
      mma_m16n8k16(sum[j], a, b[0], bf16_tag{});
      mma_m16n8k16(sum[j + 1], a, b[1], bf16_tag{});
    }
  }
}

// sum += weights times the rows from `first` on.
template <int blocks, int depth>
__device__ __forceinline__ void add_weighted(float (&sum)[depth / 8][4], const float (&weights)[blocks][4],
                                             const __nv_bfloat16 (&rows)[kWalk][depth], int first) {
#pragma unroll
  for (int j = 0; j < blocks; j += 2) {
    std::uint32_t a[4];
    to_a(a, weights[j], weights[j + 1]);
#pragma unroll
    for (int c = 0; c < depth / 8; c += 2) {
      std::uint32_t b[2][2];
      load_b_trans(b, rows, first + j * 8, c * 8);
      mma_m16n8k16(sum[c], a, b[0], bf16_tag{});
      mma_m16n8k16(sum[c + 1], a, b[1], bf16_tag{});
    }
  }
}

// Each block owns 128 rows: of dK and dV, or of dQ. Each warp owns 16 of them; of each 16 x 8 block a lane owns two
// neighbours in row lane / 4 and two in the row eight below.
template <int depth, Owner owner>
__global__ void __launch_bounds__(kThreads, 1) attention_mma_backward(AttentionShape shape, float scale, Saved saved,
                                                                      __nv_bfloat16* d_rows, __nv_bfloat16* d_values) {
  constexpr bool of_keys = owner == Owner::keys;
  auto& shared = *dynamic_shared<Shared<depth>>();
  const int owned = of_keys ? shape.keys : shape.queries, walked = of_keys ? shape.queries : shape.keys;
  const AttentionTask task(static_cast<int>(blockIdx.x), shape, owned, kOwn,
                           of_keys ? Order::first_first : Order::last_first, sizeof(__nv_bfloat16));
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const float scale_log2 = scale * kLog2E;
  const auto queries = [&](const __nv_bfloat16* x) { return member_of(x, task.member, shape.queries, depth); };
  const auto keys = [&](const __nv_bfloat16* x) { return member_of(x, task.member, shape.keys, depth); };
  const float* lse = member_of(saved.lse, task.member, shape.queries, 1);
  const float* D = member_of(saved.D, task.member, shape.queries, 1);

  // Starts the copies of the rows from `first` on; with queries come their log-sum-exps and means.
  const auto load = [&](int number, int first) {
    Stage<depth>& stage = shared.stage[number];
    copy_rows<kThreads>(stage.rows, of_keys ? queries(saved.q) : keys(saved.k), first, walked);
    copy_rows<kThreads>(stage.values, of_keys ? queries(saved.dout) : keys(saved.v), first, walked);
    if (of_keys && threadIdx.x < 2 * kWalk) {
      const int i = threadIdx.x % kWalk;
      const bool is_lse = threadIdx.x < kWalk, inside = first + i < walked;
      const float* from = is_lse ? lse : D;
      async_copy_or_zero<4>(is_lse ? &stage.lse[i] : &stage.D[i], inside ? &from[first + i] : from, inside);
    }
  };

  float sum_rows[depth / 8][4] = {}, sum_values[depth / 8][4] = {}, row_lse[2] = {}, row_D[2] = {};
  if constexpr (!of_keys) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = task.row + warp * 16 + half * 8 + lane / 4;
      if (row < shape.queries) {
        row_lse[half] = lse[row];
        row_D[half] = D[row];
      }
    }
  }
  const int begin = of_keys ? shape.first_query_for(task.row) / kWalk * kWalk : 0;
  const int end = of_keys ? shape.queries : shape.keys_for(task.row + kOwn);
  copy_rows<kThreads>(shared.rows, of_keys ? keys(saved.k) : queries(saved.q), task.row, owned);
  copy_rows<kThreads>(shared.values, of_keys ? keys(saved.v) : queries(saved.dout), task.row, owned);
  if (begin < end) load(0, begin);
  async_copy_commit();
  for (int first = begin, number = 0; first < end; first += kWalk, number ^= 1) {
    async_copy_wait<0>();
    __syncthreads();  // this stage is there, and nobody reads the other one any more
    if (first + kWalk < end) load(number ^ 1, first + kWalk);
    async_copy_commit();
    const Stage<depth>& stage = shared.stage[number];

    //! [kernel]
    // The weights P = e^(s - L).
    float p[kBlocks][4];
    multiply(p, shared.rows, warp * 16, stage.rows, 0);
    const bool cut = of_keys ? !shape.visible(first, task.row + kOwn - 1)
                             : first + kWalk > shape.keys || !shape.visible(task.row, first + kWalk - 1);
#pragma unroll
    for (int j = 0; j < kBlocks; ++j) {
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int i = warp * 16 + e / 2 * 8 + lane / 4, l = j * 8 + lane % 4 * 2 + e % 2;
        const int query = of_keys ? first + l : task.row + i, key = of_keys ? task.row + i : first + l;
        const bool hidden = cut && (key >= shape.keys || !shape.visible(query, key));
        p[j][e] = hidden ? 0.0f : exp2_fast(p[j][e] * scale_log2 - (of_keys ? stage.lse[l] : row_lse[e / 2]));
      }
    }
    if constexpr (of_keys) add_weighted(sum_values, p, stage.values, 0);  // dV += P^T dO

      // dS sqrt(d) = P (dP - D), in two parts, for want of registers.
#pragma unroll
    for (int part = 0; part < kBlocks; part += kPart) {
      float ds[kPart][4];
      multiply(ds, shared.values, warp * 16, stage.values, part * 8);
#pragma unroll
      for (int j = 0; j < kPart; ++j) {
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          const int l = (part + j) * 8 + lane % 4 * 2 + e % 2;
          ds[j][e] = p[part + j][e] * (ds[j][e] - (of_keys ? stage.D[l] : row_D[e / 2]));
        }
      }
      add_weighted(sum_rows, ds, stage.rows, part * 8);  // dK += dS^T Q, or dQ += dS K
    }
    //! [kernel]
  }
  async_copy_wait<0>();

  // Store; the factor 1 / sqrt(d) stands in dQ and dK.
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = task.row + warp * 16 + half * 8 + lane / 4;
    if (row >= owned) continue;
#pragma unroll
    for (int c = 0; c < depth / 8; ++c) {
      const std::size_t place = at(row, c * 8 + lane % 4 * 2, depth);
      store2(&member_of(d_rows, task.member, owned, depth)[place], sum_rows[c][half * 2] * scale,
             sum_rows[c][half * 2 + 1] * scale);
      if constexpr (of_keys) {
        store2(&member_of(d_values, task.member, owned, depth)[place], sum_values[c][half * 2],
               sum_values[c][half * 2 + 1]);
      }
    }
  }
}

}  // namespace

void attention_a4_backward(const AttentionGradient<__nv_bfloat16>& p) {
  const AttentionShape& shape = p.shape;
  with_bf16_depth("attention_a4_backward", shape.depth, {p.q, p.k, p.v, p.dout, p.dq, p.dk, p.dv}, [&](auto depth) {
    const int rows = shape.members() * shape.queries;
    enqueue_row_sums(p);
    const Saved saved{p.q, p.k, p.v, p.dout, p.rows, p.rows + rows};
    const auto how = [&](int owned) {
      return Launch{.grid = AttentionTask::grid(shape.members(), owned, kOwn),
                    .block = dim3(kThreads),
                    .shared_bytes = sizeof(Shared<depth>),
                    .stream = p.stream};
    };
    if (shape.members() * shape.keys > 0) {
      launch(attention_mma_backward<depth, Owner::keys>, how(shape.keys), shape, shape.scale(), saved, p.dk, p.dv);
    }
    if (rows > 0) {
      launch(attention_mma_backward<depth, Owner::queries>, how(shape.queries), shape, shape.scale(), saved, p.dq,
             nullptr);
    }
  });
}

}  // namespace cadena::cuda::ladder
