// A5, wgmma, TMA, and turns: two warpgroups multiply and weigh in turn.
// Proved under the emulator; no GPU has run it.
//
// New: warpgroup 0, the producer, has TMA fetch 128 queries, and two stages each of 128 keys and of their values.
//   Warpgroups 1 and 2, the consumers, own 64 queries each. wgmma multiplies whole tiles from shared memory, the
//   weights come from registers. Two things overlap: within a consumer, the values of one tile are multiplied while the
//   scores of the next one are weighed; and of the two consumers, one multiplies while the other weighs: they take
//   turns by two named barriers (ping-pong).
// Why: e^x comes 16 a clock from a multiprocessor, multiply-adds 2,048. At d = 128 a score costs 256 of these, so
//   weighing takes half as long as multiplying: in A4 the tensor cores wait meanwhile (Shah et al. 2024,
//   "FlashAttention-3").
// Metric: FMAs per multiply instruction: from 2,048 a warp to 64 * 128 * 16 = 131,072 a warpgroup. Tiles in flight
//   while one is multiplied: from 1 to 3.
// Expect: 600 to 650 TFLOP/s at d = 128 on an H200 (FlashAttention-3 on an H100: 648 / 616).
// Next: persistent blocks, so that one tile's store hides behind the next one's load; three consumers at d = 64.
// Sizes: TMA wants at least one key; problems without go to A4.
#include "cuda/ladder/attention/hopper/consumer.h"
#include "cuda/ladder/attention/hopper/tiles.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/ladder/attention/task.h"
#include "cuda/runtime/hopper/wgmma.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/tensor_map.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kQueries = 128, kKeys = 128;  // a tile
constexpr int kConsumers = 2;
constexpr int kThreads = (1 + kConsumers) * 128;
constexpr int kStages = 2;
constexpr int kProducerRegisters = 24, kConsumerRegisters = 240;
static_assert(kProducerRegisters + kConsumers * kConsumerRegisters <= (1 + kConsumers) * registers_at_launch(kThreads));
constexpr int kTurn = 1, kStore = kTurn + kConsumers;  // names of barriers, one a consumer

template <int depth>
struct Shared {
  Tile<kQueries, depth> q;
  Tile<kKeys, depth> k[kStages], v[kStages];
  Barrier q_full, k_full[kStages], k_empty[kStages], v_full[kStages], v_empty[kStages];
};
template <int depth>
constexpr std::size_t kSharedBytes = sizeof(Shared<depth>) + 1024;  // room to start at a multiple of 1,024

// Each block owns 128 queries, each consumer 64 of them, each thread two rows' parts in the order of wgmma.h; one
// thread of the producer owns the loads.
template <int depth>
__global__ void __launch_bounds__(kThreads, 1)
    attention_wgmma(AttentionShape shape, float scale, const __grid_constant__ CUtensorMap Q,
                    const __grid_constant__ CUtensorMap K, const __grid_constant__ CUtensorMap V,
                    const __grid_constant__ CUtensorMap O, float* lse) {
  Shared<depth>& shared = *aligned_shared<Shared<depth>>();
  const AttentionTask task(static_cast<int>(blockIdx.x), shape, shape.queries, kQueries, Order::last_first,
                           sizeof(__nv_bfloat16));
  const int seen = shape.keys_for(task.row + kQueries);
  const int warpgroup = threadIdx.x / 128;
  if (threadIdx.x == 0) {
    barrier_init(&shared.q_full, 1);
    for (int stage = 0; stage < kStages; ++stage) {
      barrier_init(&shared.k_full[stage], 1);
      barrier_init(&shared.v_full[stage], 1);
      barrier_init(&shared.k_empty[stage], kConsumers * 4);
      barrier_init(&shared.v_empty[stage], kConsumers * 4);
    }
    barriers_ready();
  }
  __syncthreads();

  if (warpgroup == 0) {
    // Producer: load the queries once, keys and values as stages fall empty.
    give_registers<kProducerRegisters>();
    if (threadIdx.x == 0 && seen > 0) {
      load_tile(shared.q, Q, task.member, task.row, &shared.q_full);
      Ring<kStages> ring;
      for (int key = 0; key < seen; key += kKeys, ring.advance()) {
        barrier_wait(&shared.k_empty[ring.stage], ring.parity ^ 1);
        load_tile(shared.k[ring.stage], K, task.member, key, &shared.k_full[ring.stage]);
        barrier_wait(&shared.v_empty[ring.stage], ring.parity ^ 1);
        load_tile(shared.v[ring.stage], V, task.member, key, &shared.v_full[ring.stage]);
      }
    }
  } else {
    take_registers<kConsumerRegisters>();
    const int consumer = warpgroup - 1, lane = threadIdx.x % 32;
    const int row = consumer * 64 + static_cast<int>(threadIdx.x) % 128 / 32 * 16 + lane / 4;  // and row + 8
    float s[kKeys / 2], sum[depth / 2] = {};
    std::uint32_t p[kKeys / 16][4];
    RunningSoftmax softmax(scale * kLog2E);
    Ring<kStages> keys, values;

    //! [start]
    // Starts s = Q K^T for the next keys.
    const auto start_scores = [&] {
      barrier_wait(&shared.k_full[keys.stage], keys.parity);
      wgmma_fence();
#pragma unroll
      for (int c = 0; c < depth; c += 16) {
        wgmma<Rows::along, Rows::along>(s, k_major_descriptor(&shared.q[c / 64][consumer * 64][c % 64]),
                                        k_major_descriptor(&shared.k[keys.stage][c / 64][0][c % 64]), c > 0);
      }
      wgmma_commit();
    };
    // Starts sum += P V for the next values.
    const auto start_sums = [&] {
      barrier_wait(&shared.v_full[values.stage], values.parity);
      wgmma_hold(p);
      wgmma_fence();
#pragma unroll
      for (int l = 0; l < kKeys; l += 16) {
        wgmma<Rows::across>(sum, p[l / 16],
                            mn_major_descriptor(&shared.v[values.stage][0][l][0], sizeof(shared.v[0][0])));
      }
      wgmma_commit();
    };
    //! [start]
    // Hides what the queries of this thread do not see of the keys from `key` on.
    const auto hide = [&](int key) {
      if (key + kKeys <= shape.keys && shape.visible(task.row + consumer * 64, key + kKeys - 1)) return;
#pragma unroll
      for (int i = 0; i < kKeys / 2; ++i) {
        const int query = task.row + row + i / 2 % 2 * 8, column = key + i / 4 * 8 + lane % 4 * 2 + i % 2;
        if (column >= shape.keys || !shape.visible(query, column)) s[i] = RunningSoftmax::kNone;
      }
    };
    // Says that this warp has left a stage.
    const auto leave = [&](Barrier* empty, Ring<kStages>& ring) {
      if (lane == 0) barrier_arrive(&empty[ring.stage]);
      ring.advance();
    };
    // Lets the other consumer multiply; the last turn of all has nobody to pass to.
    const auto pass = [&](int key) {
      if (consumer + 1 < kConsumers || key + kKeys < seen) turn_pass(kTurn + (consumer + 1) % kConsumers);
    };

    if (seen > 0) {
      //! [turns]
      // The first scores.
      if (consumer + 1 == kConsumers) turn_pass(kTurn);  // consumer 0 begins
      barrier_wait(&shared.q_full, 0);
      turn_wait(kTurn + consumer);
      start_scores();
      pass(0);
      wgmma_wait<0>(s);
      leave(shared.k_empty, keys);
      hide(0);
      softmax.weigh(s);
      to_left(p, s);

      // Multiply the next scores, and the values of the tile before; weigh the scores while the values are multiplied.
      for (int key = kKeys; key < seen; key += kKeys) {
        turn_wait(kTurn + consumer);
        start_scores();
        start_sums();
        pass(key);
        wgmma_wait<1>(s);
        leave(shared.k_empty, keys);
        hide(key);
        softmax.weigh(s);
        wgmma_wait<0>(sum);
        wgmma_hold(p);
        leave(shared.v_empty, values);
        softmax.shrink(sum);
        to_left(p, s);
      }

      // The last values.
      start_sums();
      wgmma_wait<0>(sum);
      wgmma_hold(p);
      //! [turns]
    }

    // Store: over the queries, which nobody reads any more, and from there by TMA, which clips the edge.
    softmax.finish();
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int query = task.row + row + half * 8;
      if (lane % 4 == 0 && query < shape.queries) {
        member_of(lse, task.member, shape.queries, 1)[query] = softmax.log_sum_exp(half);
      }
    }
    store_rows(shared.q, row, sum, softmax.inverse(0), softmax.inverse(1));
    shared_to_async();
    warpgroup_sync(kStore + consumer);
    if (threadIdx.x % 128 == 0) {
      store_tile(O, shared.q, consumer * 64, task.member, task.row + consumer * 64);
      tma_store_commit();
      tma_store_wait_read<0>();
    }
  }
}

}  // namespace

void attention_a5(const Attention<__nv_bfloat16>& p) {
  const AttentionShape& shape = p.shape;
  if (shape.is_empty()) return attention_a4(p);
  with_bf16_depth("attention_a5", shape.depth, {p.q, p.k, p.v, p.out}, [&](auto depth) {
    const auto map = [&](const __nv_bfloat16* matrices, int rows, int tile_rows) {
      return tile_map(matrices, shape.members(), rows, depth, tile_rows);
    };
    launch(attention_wgmma<depth>,
           {.grid = AttentionTask::grid(shape.members(), shape.queries, kQueries),
            .block = dim3(kThreads),
            .shared_bytes = kSharedBytes<depth>,
            .stream = p.stream},
           shape, shape.scale(), map(p.q, shape.queries, kQueries), map(p.k, shape.keys, kKeys),
           map(p.v, shape.keys, kKeys), map(p.out, shape.queries, 64), p.lse);
  });
}

}  // namespace cadena::cuda::ladder
