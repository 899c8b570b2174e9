#pragma once

#include <cuda.h>
#include <cuda_bf16.h>

/// What TMA must know of matrices in device memory before a kernel can name their tiles (cuda/runtime/hopper/tma.h).
namespace cadena::cuda {

/// A map of the row-major rows x columns matrix, for tiles of `tile_rows` rows of 64 columns with a swizzle of 128
/// bytes. Beyond the edge, loads give zeros and stores write nothing. `matrix` is 16-byte aligned, `columns` a multiple
/// of 8. Throws CudaError where the driver knows no TMA or refuses the sizes.
CUtensorMap tile_map(const __nv_bfloat16* matrix, int rows, int columns, int tile_rows);

/// The same of `members` matrices that follow each other; the edge is that of each matrix, so that no tile reaches into
/// the next one.
CUtensorMap tile_map(const __nv_bfloat16* matrices, int members, int rows, int columns, int tile_rows);

}  // namespace cadena::cuda
