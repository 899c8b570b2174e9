// A1 backward: the same formula differentiated, with the matrix of weights that the forward pass kept.
//
// New: four products and a softmax. From P, which A1 left: dV = P^T dO; dP = dO V^T; for each row dS = P (dP - sum P
//   dP) / sqrt(d), in place; dQ = dS K; dK = dS^T Q.
// Why: this is what automatic differentiation makes of A1, link by link.
// Metric: bytes of memory per score: 28 for seven passes over queries x keys (P twice, dP written and read, dS written
//   and read twice) and 32 d / n: 44 at n = 128, d = 64. And P has to be kept from the forward pass: 4 bytes a query
//   and key, the memory that limits the length of a text.
// Expect: 5 % of the best attention in bf16.
// Next: recompute P from the log-sum-exp, a tile at a time (A3).
#include "cuda/ladder/attention/product.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kRowsPerBlock = 4;  // of the softmax, a warp each

// C = A B, or A^T B, or A B^T, for each member; each block owns 64 x 64 of C.
enum class Form { plain, left_transposed, right_transposed };
template <Form form>
__global__ void __launch_bounds__(kProductThreads)
    attention_multiply(int rows, int columns, int inner, const float* A, const float* B, float* C) {
  __shared__ ProductTiles shared;
  const ProductTask task(rows, columns);
  const float* a = member_of(A, task.member, rows, inner);
  const float* b = member_of(B, task.member, inner, columns);
  float* c = member_of(C, task.member, rows, columns);
  const auto left = form == Form::left_transposed ? row_major(a, inner, rows).transposed() : row_major(a, rows, inner);
  const auto right =
      form == Form::right_transposed ? row_major(b, columns, inner).transposed() : row_major(b, inner, columns);
  float sum[4][4] = {};
  multiply(sum, shared, left, task.row, right, task.column);
  for_each_owned(sum, task.row, task.column, rows, columns,
                 [&](int i, int j, float value) { c[at(i, j, columns)] = value; });
}

// Each warp owns a row; dP becomes dS.
__global__ void __launch_bounds__(kRowsPerBlock * 32)
    attention_softmax_backward(int rows, int keys, float scale, const float* P, float* dP) {
  const int row = static_cast<int>(blockIdx.x) * kRowsPerBlock + warp_index(), lane = lane_index();
  if (row >= rows) return;
  const float* p = &P[at(row, 0, keys)];
  float* dp = &dP[at(row, 0, keys)];
  //! [softmax]
  float mean = 0;
  for (int j = lane; j < keys; j += 32) mean += p[j] * dp[j];
  mean = warp_sum(mean);
  for (int j = lane; j < keys; j += 32) dp[j] = p[j] * (dp[j] - mean) * scale;
  //! [softmax]
}

}  // namespace

void attention_a1_backward(const AttentionGradient<float>& p) {
  const AttentionShape& shape = p.shape;
  const auto multiply_all = [&](auto kernel, int rows, int columns, int inner, const float* a, const float* b,
                                float* c) {
    const unsigned blocks = ProductTask::count(shape.members(), rows, columns);
    if (blocks == 0) return;
    launch(kernel, {.grid = dim3(blocks), .block = dim3(kProductThreads), .stream = p.stream}, rows, columns, inner, a,
           b, c);
  };
  const int S = shape.queries, T = shape.keys, d = shape.depth, rows = shape.members() * S;
  //! [products]
  multiply_all(attention_multiply<Form::left_transposed>, T, d, S, p.weights, p.dout, p.dv);
  multiply_all(attention_multiply<Form::right_transposed>, S, T, d, p.dout, p.v, p.weights_gradient);
  if (rows > 0) {
    launch(attention_softmax_backward,
           {.grid = dim3(static_cast<unsigned>(tiles(rows, kRowsPerBlock))),
            .block = dim3(kRowsPerBlock * 32),
            .stream = p.stream},
           rows, T, shape.scale(), p.weights, p.weights_gradient);
  }
  multiply_all(attention_multiply<Form::plain>, S, d, T, p.weights_gradient, p.k, p.dq);
  multiply_all(attention_multiply<Form::left_transposed>, T, d, S, p.weights_gradient, p.q, p.dk);
  //! [products]
}

}  // namespace cadena::cuda::ladder
