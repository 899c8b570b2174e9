// Which rows of which member a block owns.
#pragma once

#include <cuda_runtime.h>

#include "cuda/ladder/attention/problem.h"

namespace cadena::cuda::ladder {

/// Which tiles of a member begin first. Where causal, the last queries see most keys, and the first keys are seen by
/// most queries: the longest work first leaves the shortest for the end of the grid.
enum class Order { first_first, last_first };

/// The tile of a block: the grid holds the tiles of all rows of one member after the other, which share their keys in
/// the L2 cache.
struct AttentionTask {
  int member, row;
  __device__ __forceinline__ AttentionTask(int rows, int tile, Order order) {
    const int count = tiles(rows, tile), number = static_cast<int>(blockIdx.x) % count;
    member = static_cast<int>(blockIdx.x) / count;
    row = (order == Order::last_first ? count - 1 - number : number) * tile;
  }
  static dim3 grid(int members, int rows, int tile) {
    return dim3(static_cast<unsigned>(members) * static_cast<unsigned>(tiles(rows, tile)));
  }
};

}  // namespace cadena::cuda::ladder
