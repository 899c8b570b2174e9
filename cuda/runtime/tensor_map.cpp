#include "cuda/runtime/tensor_map.h"

#include <string>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

namespace {

constexpr cuuint32_t kTileColumns = 64;  // 128 bytes, the width of the swizzle

// The map of `members` matrices; rank 2 leaves the members out.
CUtensorMap encode(int rank, const __nv_bfloat16* matrices, int members, int rows, int columns, int tile_rows) {
  // The driver's function, asked for by name: nothing needs to be linked, and machines without a driver can build.
  using Encode = decltype(&cuTensorMapEncodeTiled);
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
  check(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found),
        "tile_map: looking for cuTensorMapEncodeTiled");
  if (found != cudaDriverEntryPointSuccess) {
    throw CudaError(cudaErrorNotSupported, "tile_map: this driver has no cuTensorMapEncodeTiled", Location::here());
  }

  const cuuint64_t pitch = static_cast<cuuint64_t>(columns) * sizeof(__nv_bfloat16);
  const cuuint64_t size[] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows),
                             static_cast<cuuint64_t>(members)};
  const cuuint64_t pitches[] = {pitch, pitch * static_cast<cuuint64_t>(rows)};
  const cuuint32_t box[] = {kTileColumns, static_cast<cuuint32_t>(tile_rows), 1};
  const cuuint32_t step[] = {1, 1, 1};
  CUtensorMap map;
  const CUresult result = reinterpret_cast<Encode>(function)(
      &map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, static_cast<cuuint32_t>(rank), const_cast<__nv_bfloat16*>(matrices), size,
      pitches, box, step, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
      CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) {
    throw CudaError(cudaErrorInvalidValue,
                    "tile_map: the driver refuses " + std::to_string(members) + " x " + std::to_string(rows) + " x " +
                        std::to_string(columns) + " in tiles of " + std::to_string(tile_rows) + " rows (" +
                        std::to_string(result) + ")",
                    Location::here());
  }
  return map;
}

}  // namespace

CUtensorMap tile_map(const __nv_bfloat16* matrix, int rows, int columns, int tile_rows) {
  return encode(2, matrix, 1, rows, columns, tile_rows);
}

CUtensorMap tile_map(const __nv_bfloat16* matrices, int members, int rows, int columns, int tile_rows) {
  return encode(3, matrices, members, rows, columns, tile_rows);
}

}  // namespace cadena::cuda
