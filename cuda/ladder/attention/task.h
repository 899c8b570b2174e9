// Which rows of which member a block owns.
#pragma once

#include <cuda_runtime.h>

#include "cuda/ladder/attention/problem.h"

namespace cadena::cuda::ladder {

/// Which tiles of a member begin first. Where causal, the last queries see most keys, and the first keys are seen by
/// most queries: the longest work first leaves the shortest for the end of the grid.
enum class Order { first_first, last_first };

//! [deal]
/// How many members deal out their tiles together, for keys and values of numbers of `size` bytes. Where causal, the
/// longest tiles of all of them come first, as long as what they read stays in 32 MiB of L2 cache; otherwise all tiles
/// are equally long, and the blocks of one member follow each other, for they read the same.
__host__ __device__ __forceinline__ int members_together(const AttentionShape& shape, int size) {
  if (!shape.causal) return 1;
  const long long bytes = 2LL * shape.keys * shape.depth * size, fit = (32 << 20) / (bytes > 0 ? bytes : 1);
  return fit < 1 ? 1 : fit < shape.members() ? static_cast<int>(fit) : shape.members();
}

/// The tile of a block, of `tile` rows out of `rows`. The grid holds the members in groups (members_together); of each
/// group first the first tile of every member, then the second.
struct AttentionTask {
  int member, row;
  __host__ __device__ __forceinline__ AttentionTask(int block, const AttentionShape& shape, int rows, int tile,
                                                    Order order, int size) {
    const int count = tiles(rows, tile), group = members_together(shape, size);
    const int first = block / (group * count) * group, rest = shape.members() - first;
    const int together = rest < group ? rest : group, within = block - first * count;
    const int number = within / together;
    member = first + (within - number * together);
    row = (order == Order::last_first ? count - 1 - number : number) * tile;
  }
  //! [deal]
  static dim3 grid(int members, int rows, int tile) {
    return dim3(static_cast<unsigned>(members) * static_cast<unsigned>(tiles(rows, tile)));
  }
};

}  // namespace cadena::cuda::ladder
