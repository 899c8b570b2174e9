// What both kernels of A5 are made of: tiles in shared memory as TMA and wgmma want them, and the ring of their stages.
#pragma once

#include "cuda/ladder/attention/bf16_tiles.h"
#include "cuda/runtime/hopper/tma.h"

namespace cadena::cuda::ladder {

/// Rows of `depth` columns in slabs of 64.
template <int rows, int depth>
using Tile = __nv_bfloat16[depth / 64][rows][64];

/// Orders a tile of `member` from row `first` on, and arrives at `full`, which waits for its bytes.
template <int slabs, int rows>
__device__ __forceinline__ void load_tile(__nv_bfloat16 (&tile)[slabs][rows][64], const CUtensorMap& map, int member,
                                          int first, Barrier* full) {
  barrier_expect(full, sizeof(tile));
  for (int slab = 0; slab < slabs; ++slab) tma_load(tile[slab], map, member, first, slab * 64, full);
}

/// Orders 64 rows of a tile, from row `from` on, to row `first` of `member`.
template <int slabs, int rows>
__device__ __forceinline__ void store_tile(const CUtensorMap& map, const __nv_bfloat16 (&tile)[slabs][rows][64],
                                           int from, int member, int first) {
  for (int slab = 0; slab < slabs; ++slab) tma_store(map, tile[slab][from], member, first, slab * 64);
}

/// Rounds the two rows of this thread (wgmma.h), times `first` and `second`, into a tile.
template <int slabs, int rows, int count>
__device__ __forceinline__ void store_rows(__nv_bfloat16 (&tile)[slabs][rows][64], int row, const float (&sum)[count],
                                           float first, float second) {
  static_assert(count == slabs * 32);
#pragma unroll
  for (int j = 0; j < count / 4; ++j) {
    const int column = swizzled(row, j % 8 * 8 + static_cast<int>(threadIdx.x) % 4 * 2);  // eight rows below as well
    store2(&tile[j / 8][row][column], sum[j * 4] * first, sum[j * 4 + 1] * first);
    store2(&tile[j / 8][row + 8][column], sum[j * 4 + 2] * second, sum[j * 4 + 3] * second);
  }
}

/// Numbers of two rows as left factors of wgmma: 16 columns are four words.
template <int steps>
__device__ __forceinline__ void to_left(std::uint32_t (&left)[steps][4], const float (&x)[steps * 8]) {
#pragma unroll
  for (int l = 0; l < steps; ++l) {
#pragma unroll
    for (int i = 0; i < 4; ++i) left[l][i] = pack(x[l * 8 + i * 2], x[l * 8 + i * 2 + 1]);
  }
}

/// Stores the words of left factors into a tile.
template <int slabs, int rows, int steps>
__device__ __forceinline__ void store_left(__nv_bfloat16 (&tile)[slabs][rows][64], int row,
                                           const std::uint32_t (&left)[steps][4]) {
  static_assert(steps == slabs * 4);
#pragma unroll
  for (int l = 0; l < steps; ++l) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int column = swizzled(row, l % 4 * 16 + i / 2 * 8 + static_cast<int>(threadIdx.x) % 4 * 2);
      auto* to = reinterpret_cast<std::uint32_t*>(&tile[l / 4][row + i % 2 * 8][column]);
      store_vector(to, Vector<std::uint32_t, 1>{{left[l][i]}});
    }
  }
}

/// A ring of stages: which is next, and the parity of its phase.
template <int stages>
struct Ring {
  int stage = 0;
  int parity = 0;
  __device__ __forceinline__ void advance() {
    if (++stage == stages) {
      stage = 0;
      parity ^= 1;
    }
  }
};

}  // namespace cadena::cuda::ladder
