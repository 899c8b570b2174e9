// S5, split rows: several blocks for a long row.
//
// New: where rows are fewer than a GPU has room for blocks, a row is cut into parts of 1,024 elements or more. One
//   kernel finds m and s of each part, a second one combines the parts of its row and writes the quotients.
// Why: S4 runs one row on one multiprocessor of 132. Parts combine exactly as threads do, so the same recurrence serves
//   once more, one storey up. Blocks cannot wait for each other; the end of a kernel is their barrier.
// Metric: elements per block, for one row of 16,384: from 16,384 to 512, for each of 16 parts has two blocks. Bytes
//   moved stay at 12 an element and a few for the parts.
// Expect: 80 to 95 % of the bandwidth of a copy for one long row, where S4 reaches 1 %; elsewhere it is S4.
// Next: the end of this ladder. A row that fits into registers needs one read (L4); attention never stores it (A2).
#include <algorithm>
#include <cmath>

#include "cuda/ladder/row.h"
#include "cuda/ladder/softmax/steps.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kThreads = 256;
constexpr int kLeast = 4 * kThreads;  // elements of a part: a float4 for each thread

// e^(from - to): what turns a sum of e^(x - from) into one of e^(x - to). 1 where both are -inf: nothing was met yet.
__device__ __forceinline__ float rescale(float from, float to) { return from == to ? 1 : expf(from - to); }

// Takes one more logit into a part.
__device__ __forceinline__ void meet(SoftmaxPart& part, float x) {
  if (x > part.m) {
    part = {x, part.s * rescale(part.m, x) + 1};
  } else {
    part.s += rescale(x, part.m);
  }
}

// The part that the whole block has met, for every thread.
__device__ __forceinline__ SoftmaxPart combine(SoftmaxPart mine, float (&partial)[32]) {
  const float m = block_max(mine.m, partial);
  return {m, block_sum(mine.s * rescale(mine.m, m), partial)};
}

// How rows are cut: `count` parts of `length` elements, the last one shorter; both for all rows.
struct Cut {
  int count;
  int length;
  __device__ __forceinline__ int row() const { return blockIdx.x / count; }
  __device__ __forceinline__ int begin() const { return blockIdx.x % count * length; }
  __device__ __forceinline__ int end(int columns) const {
    return columns - begin() < length ? columns : begin() + length;
  }
};

// Each block owns a part of a row, each thread every 256th group of four neighbours of it.
template <bool wide>
__global__ void __launch_bounds__(kThreads) softmax_parts(int columns, Cut cut, const float* in, SoftmaxPart* parts) {
  __shared__ float partial[32];
  const float* x = in + at(cut.row(), 0, columns);

  // The largest logit, and the sum of exponentials.
  SoftmaxPart part{-INFINITY, 0};
  for_each_in_row<wide>(
      cut.begin(), cut.end(columns), [&](float v) { meet(part, v); }, x);
  part = combine(part, partial);
  if (threadIdx.x == 0) parts[blockIdx.x] = part;
}

// Each block owns the same part; it combines all parts of its row first.
template <bool wide>
__global__ void __launch_bounds__(kThreads)
    softmax_of_parts(int columns, Cut cut, const float* in, float* out, const SoftmaxPart* parts) {
  __shared__ float partial[32];
  const float* x = in + at(cut.row(), 0, columns);
  float* y = out + at(cut.row(), 0, columns);

  //! [kernel]
  // The parts of the row. What a thread has not met is a sum of nothing below -inf.
  SoftmaxPart part{-INFINITY, 0};
  for (int i = threadIdx.x; i < cut.count; i += kThreads) {
    const SoftmaxPart other = parts[at(cut.row(), i, cut.count)];
    const float m = fmaxf(part.m, other.m);
    part = {m, part.s * rescale(part.m, m) + other.s * rescale(other.m, m)};
  }
  part = combine(part, partial);

  // The quotients. Beside an infinite logit the others have no value: NaN.
  const float m = part.m, s = std::isinf(m) ? m - m : part.s;
  map_row<wide>(
      cut.begin(), cut.end(columns), y, [&](float v) { return expf(v - m) / s; }, x);
  //! [kernel]
}

// As many parts as there is room for, none without elements; lengths are multiples of four, to keep the alignment.
Cut cut_rows(int rows, int columns) {
  const int count = std::clamp(kSoftmaxParts / rows, 1, tiles(columns, kLeast));
  const int length = 4 * tiles(tiles(columns, count), 4);
  return {tiles(columns, length), length};
}

}  // namespace

void softmax_s5(const Softmax& p) {
  if (p.rows == 0 || p.columns == 0) return;
  const Cut cut = cut_rows(p.rows, p.columns);
  if (cut.count == 1) return softmax_s4(p);
  const bool wide = loads_aligned<4>(p.in, p.columns) && loads_aligned<4>(p.out, p.columns);
  const Launch how{.grid = dim3(p.rows * cut.count), .block = dim3(kThreads), .stream = p.stream};
  launch(wide ? softmax_parts<true> : softmax_parts<false>, how, p.columns, cut, p.in, p.parts);
  launch(wide ? softmax_of_parts<true> : softmax_of_parts<false>, how, p.columns, cut, p.in, p.out, p.parts);
}

}  // namespace cadena::cuda::ladder
