// A5 backward: one pass for all three cotangents, by wgmma and TMA.
// Proved under the emulator; no GPU has run it.
//
// New: a block owns 128 keys and walks over the queries, 128 at a time at d = 64, 64 at d = 128. Warpgroup 0, the
//   producer, keeps two stages of queries and of their cotangents in flight. Warpgroups 1 and 2, the consumers, own 64
//   keys each and compute scores transposed, S^T = K Q^T: so P^T and dS^T, rounded to bf16, are left factors of dV and
//   dK straight from registers. dS^T also goes to shared memory, where both consumers multiply it by K, each for one
//   half of the tile of dQ. TMA adds the halves to dQ in device memory, in f32; a small kernel rounds them in the end.
// Why: A4 computes S and dP twice, once for the owners of keys, once for those of queries. Where dQ is added to, five
//   products of seven remain. A tile adds 4 bytes to L2 for 1,280 FLOP: 1.4 TB/s at 450 TFLOP/s. The price: blocks
//   add in any order, so dQ has other bits in every run; dK and dV have not.
// Metric: FMAs per multiply instruction: from 1,463 a warp to 81,920 a warpgroup (the mean of 8 of 131,072 and 24 of
//   65,536). Products: from 7 to 5. Bytes of queries x keys in shared memory: from 0 to 2.
// Expect: 380 to 470 TFLOP/s at d = 128 on an H200, counting five products (on an H100 FlashAttention-3: 500, cuDNN:
//   589).
// Next: the scores of the next queries while dQ of these is multiplied; stmatrix for dS; dQ in a fixed order, where
//   blocks wait for their turn.
// Sizes: TMA wants at least one query and one key; problems without go to A4.
#include "cuda/ladder/attention/hopper/tiles.h"
#include "cuda/ladder/attention/row_sums.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/ladder/attention/task.h"
#include "cuda/runtime/exp2.h"
#include "cuda/runtime/hopper/wgmma.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/tensor_map.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kKeys = 128;  // of a block
template <int depth>
constexpr int kQueries = 64 * 128 / depth;  // of a tile
constexpr int kConsumers = 2;
constexpr int kThreads = (1 + kConsumers) * 128;
constexpr int kStages = 2;
constexpr int kProducerRegisters = 24, kConsumerRegisters = 240;
static_assert(kProducerRegisters + kConsumers * kConsumerRegisters <= (1 + kConsumers) * registers_at_launch(kThreads));
constexpr int kBoth = 1, kOwn = 2;  // names of barriers; kOwn + consumer is one's own
constexpr int kPiece = 64 * 64;     // of dQ: what a consumer computes of a tile

template <int depth>
struct Shared {
  Tile<kKeys, depth> k, v;
  Tile<kQueries<depth>, depth> q[kStages], dout[kStages];
  __nv_bfloat16 ds[kStages][kQueries<depth> / 64][kKeys][64];  // dS^T sqrt(d)
  float dq[kConsumers][8][128][4];                             // pieces as threads hold them
  float lse[kStages][kQueries<depth>], D[kStages][kQueries<depth>];
  Barrier kv_full, full[kStages], empty[kStages];
};
template <int depth>
constexpr std::size_t kSharedBytes = sizeof(Shared<depth>) + 1024;  // room to start at a multiple of 1,024

// A consumer's piece of a tile of dQ in f32: 64 rows x 64 columns in the order of threads.
template <int depth, class T>
__device__ __forceinline__ T* dq_piece(T* sum, const AttentionShape& shape, int member, int query, int consumer) {
  return &member_of(sum, member, shape.dq_sum_rows(), depth)[at(query, 0, depth)] + consumer * kPiece;
}
// Where a piece begins in its tile: at d = 64 the consumers divide the rows, at d = 128 the columns.
template <int depth>
__device__ __forceinline__ int piece_row(int consumer) {
  return consumer * 64 % kQueries<depth>;
}
template <int depth>
__device__ __forceinline__ int piece_column(int consumer) {
  return consumer * 64 / kQueries<depth> * 64;
}

// Starts sum += left times the rows of a tile.
template <int steps, int count, int slabs, int rows>
__device__ __forceinline__ void start_product(float (&sum)[count], std::uint32_t (&left)[steps][4],
                                              const __nv_bfloat16 (&tile)[slabs][rows][64]) {
  static_assert(steps * 16 == rows && count == slabs * 32);
  wgmma_hold(left);
  wgmma_fence();
#pragma unroll
  for (int l = 0; l < steps; ++l) {
    wgmma<Rows::across>(sum, left[l], mn_major_descriptor(&tile[0][l * 16][0], sizeof(tile[0])));
  }
  wgmma_commit();
}

// Each block owns 128 keys, each consumer dK and dV of 64 of them and a piece of each tile of dQ, each thread two rows'
// parts in the order of wgmma.h; one warp of the producer owns the loads.
template <int depth>
__global__ void __launch_bounds__(kThreads, 1)
    attention_wgmma_backward(AttentionShape shape, float scale, const __grid_constant__ CUtensorMap Q,
                             const __grid_constant__ CUtensorMap K, const __grid_constant__ CUtensorMap V,
                             const __grid_constant__ CUtensorMap dO, const float* lse, const float* D, float* dQ,
                             const __grid_constant__ CUtensorMap dK, const __grid_constant__ CUtensorMap dV) {
  constexpr int queries = kQueries<depth>;
  Shared<depth>& shared = *aligned_shared<Shared<depth>>();
  const AttentionTask task(static_cast<int>(blockIdx.x), shape, shape.keys, kKeys, Order::first_first,
                           sizeof(__nv_bfloat16));
  const int begin = shape.first_query_for(task.row) / queries * queries;
  const int warpgroup = threadIdx.x / 128, lane = threadIdx.x % 32;
  if (threadIdx.x == 0) {
    barrier_init(&shared.kv_full, 2);
    for (int stage = 0; stage < kStages; ++stage) {
      barrier_init(&shared.full[stage], 2 + 32);
      barrier_init(&shared.empty[stage], kConsumers * 4);
    }
    barriers_ready();
  }
  __syncthreads();

  Ring<kStages> ring;
  if (warpgroup == 0) {
    // Producer: load keys and values once, tiles of queries as stages fall empty; TMA takes tiles, threads take rows.
    give_registers<kProducerRegisters>();
    if (threadIdx.x < 32) {
      if (lane == 0) {
        load_tile(shared.k, K, task.member, task.row, &shared.kv_full);
        load_tile(shared.v, V, task.member, task.row, &shared.kv_full);
      }
      const float* all_lse = member_of(lse, task.member, shape.queries, 1);
      const float* all_D = member_of(D, task.member, shape.queries, 1);
      for (int query = begin; query < shape.queries; query += queries, ring.advance()) {
        Barrier* full = &shared.full[ring.stage];
        barrier_wait(&shared.empty[ring.stage], ring.parity ^ 1);
        if (lane == 0) {
          load_tile(shared.q[ring.stage], Q, task.member, query, full);
          load_tile(shared.dout[ring.stage], dO, task.member, query, full);
        }
        for (int i = lane; i < queries; i += 32) {
          const bool inside = query + i < shape.queries;
          shared.lse[ring.stage][i] = inside ? all_lse[query + i] : 0.0f;
          shared.D[ring.stage][i] = inside ? all_D[query + i] : 0.0f;
        }
        barrier_arrive(full);
      }
    }
  } else {
    take_registers<kConsumerRegisters>();
    const int consumer = warpgroup - 1, thread = threadIdx.x % 128;
    const int row = consumer * 64 + thread / 32 * 16 + lane / 4;  // of the block's keys, and row + 8
    const int last = task.row + consumer * 64 + 63;
    const float scale_log2 = scale * kLog2E;
    const bool storer = thread == 0;
    float dk[depth / 2] = {}, dv[depth / 2] = {};
    barrier_wait(&shared.kv_full, 0);
    for (int query = begin; query < shape.queries; query += queries, ring.advance()) {
      const auto &q = shared.q[ring.stage], &dout = shared.dout[ring.stage];
      auto& all_ds = shared.ds[ring.stage];
      barrier_wait(&shared.full[ring.stage], ring.parity);

      //! [kernel]
      // Start S^T = K Q^T and dP^T = V dO^T.
      float p[queries / 2], ds[queries / 2];
      wgmma_fence();
#pragma unroll
      for (int c = 0; c < depth; c += 16) {
        wgmma<Rows::along, Rows::along>(p, k_major_descriptor(&shared.k[c / 64][consumer * 64][c % 64]),
                                        k_major_descriptor(&q[c / 64][0][c % 64]), c > 0);
      }
      wgmma_commit();
#pragma unroll
      for (int c = 0; c < depth; c += 16) {
        wgmma<Rows::along, Rows::along>(ds, k_major_descriptor(&shared.v[c / 64][consumer * 64][c % 64]),
                                        k_major_descriptor(&dout[c / 64][0][c % 64]), c > 0);
      }
      wgmma_commit();

      // The weights P = e^(s - L), 0 where hidden and beyond the last key; beyond the last query dO and D are 0.
      wgmma_wait<1>(p);
#pragma unroll
      for (int i = 0; i < queries / 2; i += 4) {
        const auto L = load_vector<2>(&shared.lse[ring.stage][i * 2 + lane % 4 * 2]);
#pragma unroll
        for (int e = 0; e < 4; ++e) p[i + e] = exp2_fast(p[i + e] * scale_log2 - L[e % 2]);
      }
      if (last >= shape.keys || !shape.visible(query, last)) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const int key = task.row + row + half * 8;
          const int first = key < shape.keys ? shape.first_query_for(key) - query : queries;
#pragma unroll
          for (int i = half * 2; i < queries / 2; i += 4) {
            if (i * 2 + lane % 4 * 2 - half * 4 < first) p[i] = 0;
            if (i * 2 + lane % 4 * 2 - half * 4 + 1 < first) p[i + 1] = 0;
          }
        }
      }

      // dS sqrt(d) = P (dP - D).
      wgmma_wait<0>(ds);
#pragma unroll
      for (int i = 0; i < queries / 2; i += 4) {
        const auto mean = load_vector<2>(&shared.D[ring.stage][i * 2 + lane % 4 * 2]);
#pragma unroll
        for (int e = 0; e < 4; ++e) ds[i + e] = p[i + e] * (ds[i + e] - mean[e % 2]);
      }

      // Start dV += P^T dO and dK += dS^T Q, and show dS to both consumers meanwhile.
      std::uint32_t left_p[queries / 16][4], left_ds[queries / 16][4];
      to_left(left_p, p);
      to_left(left_ds, ds);
      start_product(dv, left_p, dout);
      start_product(dk, left_ds, q);
      store_left(all_ds, row, left_ds);
      shared_to_async();

      // Start a piece of dQ = dS K, once both have stored.
      named_wait(kBoth, kConsumers * 128);
      float dq[32];
      wgmma_fence();
#pragma unroll
      for (int l = 0; l < kKeys; l += 16) {
        wgmma<Rows::across, Rows::across>(
            dq, mn_major_descriptor(&all_ds[piece_row<depth>(consumer) / 64][l][0], sizeof(all_ds[0])),
            mn_major_descriptor(&shared.k[piece_column<depth>(consumer) / 64][l][0], sizeof(shared.k[0])), l > 0);
      }
      wgmma_commit();

      // Leave the stage when dV and dK are done, add the piece when dQ is.
      wgmma_wait<1>(dv);
      wgmma_wait<1>(dk);
      wgmma_hold(left_p);
      wgmma_hold(left_ds);
      if (lane == 0) barrier_arrive(&shared.empty[ring.stage]);
      if (storer) tma_store_wait_read<0>();
      warpgroup_sync(kOwn + consumer);
      wgmma_wait<0>(dq);
#pragma unroll
      for (int i = 0; i < 32; i += 4) {
        store_float4(shared.dq[consumer][i / 4][thread], make_float4(dq[i], dq[i + 1], dq[i + 2], dq[i + 3]));
      }
      shared_to_async();
      warpgroup_sync(kOwn + consumer);
      if (storer) {
        tma_add(dq_piece<depth>(dQ, shape, task.member, query, consumer), shared.dq[consumer][0][0],
                sizeof(shared.dq[0]));
        tma_store_commit();
      }
      //! [kernel]
    }

    // Store over the keys and values, which nobody reads any more; the factor 1 / sqrt(d) stands in dK.
    named_wait(kBoth, kConsumers * 128);
    store_rows(shared.k, row, dk, scale, scale);
    store_rows(shared.v, row, dv, 1, 1);
    shared_to_async();
    warpgroup_sync(kOwn + consumer);
    if (storer) {
      store_tile(dK, shared.k, consumer * 64, task.member, task.row + consumer * 64);
      store_tile(dV, shared.v, consumer * 64, task.member, task.row + consumer * 64);
      tma_store_commit();
      tma_store_wait_read<0>();
    }
  }
}

// Each block owns a piece of dQ, each thread what a thread of the consumer had.
template <int depth>
__global__ void __launch_bounds__(128)
    attention_finish_dq(AttentionShape shape, float scale, const float* sum, __nv_bfloat16* dQ) {
  const int block = static_cast<int>(blockIdx.x), consumer = block % kConsumers, tile = block / kConsumers;
  const int count = tiles(shape.queries, kQueries<depth>), member = tile / count;
  const int query = tile % count * kQueries<depth>, thread = threadIdx.x, lane = thread % 32;
  const float* piece = dq_piece<depth>(sum, shape, member, query, consumer);
  __nv_bfloat16* to = member_of(dQ, member, shape.queries, depth);
#pragma unroll
  for (int j = 0; j < 8; ++j) {
    const float4 both = load_float4(&piece[(j * 128 + thread) * 4]);
    const int row = query + piece_row<depth>(consumer) + thread / 32 * 16 + lane / 4;
    const int column = piece_column<depth>(consumer) + j * 8 + lane % 4 * 2;
    if (row < shape.queries) store2(&to[at(row, column, depth)], both.x * scale, both.y * scale);
    if (row + 8 < shape.queries) store2(&to[at(row + 8, column, depth)], both.z * scale, both.w * scale);
  }
}

}  // namespace

void attention_a5_backward(const AttentionGradient<__nv_bfloat16>& p) {
  const AttentionShape& shape = p.shape;
  const int members = shape.members();
  if (shape.is_empty()) return attention_a4_backward(p);
  with_bf16_depth("attention_a5_backward", shape.depth, {p.q, p.k, p.v, p.dout, p.dq, p.dk, p.dv}, [&](auto depth) {
    const auto map = [&](const __nv_bfloat16* matrices, int rows, int tile_rows) {
      return tile_map(matrices, members, rows, depth, tile_rows);
    };
    const float *lse = p.rows, *D = p.rows + members * shape.queries;
    enqueue_row_sums(p);
    check(cudaMemsetAsync(p.dq_sum, 0, shape.dq_sum_size() * sizeof(float), p.stream),
          "attention_a5_backward: clearing dQ");
    launch(attention_wgmma_backward<depth>,
           {.grid = AttentionTask::grid(members, shape.keys, kKeys),
            .block = dim3(kThreads),
            .shared_bytes = kSharedBytes<depth>,
            .stream = p.stream},
           shape, shape.scale(), map(p.q, shape.queries, kQueries<depth>), map(p.k, shape.keys, kKeys),
           map(p.v, shape.keys, kKeys), map(p.dout, shape.queries, kQueries<depth>), lse, D, p.dq_sum,
           map(p.dk, shape.keys, 64), map(p.dv, shape.keys, 64));
    launch(attention_finish_dq<depth>,
           {.grid = AttentionTask::grid(members * kConsumers, shape.queries, kQueries<depth>),
            .block = dim3(128),
            .stream = p.stream},
           shape, shape.scale(), p.dq_sum, p.dq);
  });
}

}  // namespace cadena::cuda::ladder
