#include "cuda/ladder/attention/row_sums.h"

#include <limits>

#include "cuda/ladder/attention/bf16_tiles.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kRowsPerBlock = 4;

// Each warp owns a row.
__global__ void __launch_bounds__(kRowsPerBlock * 32)
    attention_row_sums(int rows, int depth, const __nv_bfloat16* dO, const __nv_bfloat16* O, const float* lse,
                       float* lse_log2, float* D) {
  const int row = static_cast<int>(blockIdx.x) * kRowsPerBlock + warp_index();
  if (row >= rows) return;
  float sum = 0;
  for (int c = lane_index() * 2; c < depth; c += 64) {
    const auto a = load_vector<2>(&dO[at(row, c, depth)]), b = load_vector<2>(&O[at(row, c, depth)]);
    sum += __bfloat162float(a[0]) * __bfloat162float(b[0]) + __bfloat162float(a[1]) * __bfloat162float(b[1]);
  }
  sum = warp_sum(sum);
  if (lane_index() == 0) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    lse_log2[row] = lse[row] == -kInfinity ? kInfinity : lse[row] * kLog2E;
    D[row] = sum;
  }
}

}  // namespace

void enqueue_row_sums(const AttentionGradient<__nv_bfloat16>& p) {
  const int rows = p.shape.members() * p.shape.queries;
  if (rows == 0) return;
  launch(attention_row_sums,
         {.grid = dim3(static_cast<unsigned>(tiles(rows, kRowsPerBlock))),
          .block = dim3(kRowsPerBlock * 32),
          .stream = p.stream},
         rows, p.shape.depth, p.dout, p.out, p.lse, p.rows, p.rows + rows);
}

}  // namespace cadena::cuda::ladder
