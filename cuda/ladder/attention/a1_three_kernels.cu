// A1, three kernels: scores, softmax, product, as the formula is written.
//
// New: S = Q K^T / sqrt(d) goes to memory, a second kernel turns each row of it into weights P in place, a third
//   multiplies P V. The products are tiled as in G5; P stays for the backward pass (a1_backward.cu).
// Why: this is what a framework does that has a matrix product and a softmax, and nothing else.
// Metric: bytes of memory per score, n tokens, f32: 16 for four passes over queries x keys (S written; read, P written;
//   P read) and 16 d / n for Q, K, V and O: 24 at n = 128, d = 64. At 4,096 tokens and d = 128 the passes are 256 MiB a
//   head, where Q, K, V and O together have 8 MiB.
// Expect: 5 % of the best attention in bf16: f32 on the CUDA cores, and memory-bound in between.
// Next: never write S: a block keeps a tile of it, and corrects its sums when a larger score comes (A2).
#include "cuda/ladder/attention/product.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

#include <limits>

namespace cadena::cuda::ladder {
namespace {

constexpr int kRowsPerBlock = 4;  // of the softmax, a warp each

// Each block owns 64 x 64 scores; hidden ones are -inf.
__global__ void __launch_bounds__(kProductThreads)
    attention_scores(AttentionShape shape, float scale, const float* Q, const float* K, float* S) {
  __shared__ ProductTiles shared;
  const ProductTask task(shape.queries, shape.keys);
  const auto q = row_major(member_of(Q, task.member, shape.queries, shape.depth), shape.queries, shape.depth);
  const auto k = row_major(member_of(K, task.member, shape.keys, shape.depth), shape.keys, shape.depth);
  float* s = member_of(S, task.member, shape.queries, shape.keys);
  float sum[4][4] = {};
  multiply(sum, shared, q, task.row, k.transposed(), task.column);
  for_each_owned(sum, task.row, task.column, shape.queries, shape.keys, [&](int i, int j, float product) {
    s[at(i, j, shape.keys)] = shape.visible(i, j) ? product * scale : -std::numeric_limits<float>::infinity();
  });
}

// Each warp owns a row: its maximum, its sum, its weights.
__global__ void __launch_bounds__(kRowsPerBlock * 32) attention_softmax(int rows, int keys, float* S, float* lse) {
  const int row = static_cast<int>(blockIdx.x) * kRowsPerBlock + warp_index(), lane = lane_index();
  if (row >= rows) return;
  //! [softmax]
  float* s = &S[at(row, 0, keys)];
  float top = -std::numeric_limits<float>::infinity(), total = 0;
  for (int j = lane; j < keys; j += 32) top = Maximum()(top, s[j]);
  top = warp_max(top);
  const bool blind = top == -std::numeric_limits<float>::infinity();  // no key is visible
  for (int j = lane; j < keys && !blind; j += 32) total += expf(s[j] - top);
  total = warp_sum(total);
  for (int j = lane; j < keys; j += 32) s[j] = blind ? 0 : expf(s[j] - top) / total;
  if (lane == 0) lse[row] = blind ? top : top + logf(total);
  //! [softmax]
}

// Each block owns 64 x 64 of O.
__global__ void __launch_bounds__(kProductThreads)
    attention_product(AttentionShape shape, const float* P, const float* V, float* O) {
  __shared__ ProductTiles shared;
  const ProductTask task(shape.queries, shape.depth);
  const auto p = row_major(member_of(P, task.member, shape.queries, shape.keys), shape.queries, shape.keys);
  const auto v = row_major(member_of(V, task.member, shape.keys, shape.depth), shape.keys, shape.depth);
  float* o = member_of(O, task.member, shape.queries, shape.depth);
  float sum[4][4] = {};
  multiply(sum, shared, p, task.row, v, task.column);
  for_each_owned(sum, task.row, task.column, shape.queries, shape.depth,
                 [&](int i, int c, float value) { o[at(i, c, shape.depth)] = value; });
}

}  // namespace

void attention_a1(const Attention<float>& p) {
  const AttentionShape& shape = p.shape;
  const int rows = shape.members() * shape.queries;
  if (rows == 0) return;
  const auto grid = [&](int columns) {
    return Launch{.grid = dim3(ProductTask::count(shape.members(), shape.queries, columns)),
                  .block = dim3(kProductThreads),
                  .stream = p.stream};
  };
  if (shape.keys > 0) launch(attention_scores, grid(shape.keys), shape, shape.scale(), p.q, p.k, p.weights);
  launch(attention_softmax,
         {.grid = dim3(static_cast<unsigned>(tiles(rows, kRowsPerBlock))),
          .block = dim3(kRowsPerBlock * 32),
          .stream = p.stream},
         rows, shape.keys, p.weights, p.lse);
  if (shape.depth > 0) launch(attention_product, grid(shape.depth), shape, p.weights, p.v, p.out);
}

}  // namespace cadena::cuda::ladder
