#include "cuda/runtime/emulated/tensor_map.h"

#include <cuda.h>

#include <algorithm>
#include <cstring>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/state.h"

namespace cadena::cuda::emulated {
namespace {

constexpr uint32_t kMagic = 0x7e450a9u;

}  // namespace

const TensorMap* decode(const CUtensorMap& map) {
  static_assert(sizeof(TensorMap) <= sizeof(CUtensorMap));
  const auto* decoded = reinterpret_cast<const TensorMap*>(map.opaque);
  return decoded->magic == kMagic ? decoded : nullptr;
}

int Box::bytes() const {
  int bytes = map.element_bytes;
  for (int d = 0; d < map.rank; ++d) bytes *= int(map.box[d]);
  return bytes;
}

/// Calls `copy` with the number of each row of the box, where it begins in the tensor (or null, beyond its edge), and
/// which of its bytes are inside.
template <class Copy>
void Box::for_each_row(Copy copy) const {
  const int64_t width = map.box[0], first = std::clamp<int64_t>(-int64_t(at[0]), 0, width),
                end = std::clamp<int64_t>(int64_t(map.size[0]) - at[0], first, width);
  const uint32_t rows = map.rank > 1 ? map.box[1] : 1, planes = map.rank > 2 ? map.box[2] : 1;
  for (uint32_t plane = 0; plane < planes; ++plane) {
    for (uint32_t row = 0; row < rows; ++row) {
      const int64_t index[kMaxRank] = {0, map.rank > 1 ? at[1] + int64_t(row) : 0,
                                       map.rank > 2 ? at[2] + int64_t(plane) : 0};
      bool inside = first < end;
      int64_t offset = int64_t(at[0]) * map.element_bytes;
      for (int d = 1; d < map.rank; ++d) {
        inside = inside && index[d] >= 0 && index[d] < int64_t(map.size[d]);
        offset += index[d] * int64_t(map.pitch[d]);
      }
      copy(plane * rows + row, inside ? map.memory + offset : nullptr, int(first) * map.element_bytes,
           int(end) * map.element_bytes);
    }
  }
}

void Box::load(char* shared) const {
  const int width = int(map.box[0]) * map.element_bytes;
  for_each_row([&](uint32_t row, const char* from, int first, int end) {
    alignas(16) char line[256 * 8] = {};
    if (from != nullptr) std::memcpy(line + first, from + first, size_t(end - first));
    for (int byte = 0; byte < width; byte += 16) {
      const auto place = reinterpret_cast<uintptr_t>(shared) + row * unsigned(width) + unsigned(byte);
      const uintptr_t to = map.swizzled ? swizzle128(place) : place;
      std::memcpy(reinterpret_cast<void*>(to), line + byte, 16);
    }
  });
}

void Box::store(const char* shared) const {
  const int width = int(map.box[0]) * map.element_bytes;
  for_each_row([&](uint32_t row, char* to, int first, int end) {
    alignas(16) char line[256 * 8];
    for (int byte = 0; byte < width; byte += 16) {
      const auto place = reinterpret_cast<uintptr_t>(shared) + row * unsigned(width) + unsigned(byte);
      const uintptr_t from = map.swizzled ? swizzle128(place) : place;
      std::memcpy(line + byte, reinterpret_cast<const void*>(from), 16);
    }
    if (to != nullptr) std::memcpy(to + first, line + first, size_t(end - first));
  });
}

}  // namespace cadena::cuda::emulated

using namespace cadena::cuda::emulated;

CUresult cuTensorMapEncodeTiled(CUtensorMap* map, CUtensorMapDataType type, cuuint32_t rank, void* memory,
                                const cuuint64_t* sizes, const cuuint64_t* pitches, const cuuint32_t* box,
                                const cuuint32_t* element_steps, CUtensorMapInterleave, CUtensorMapSwizzle swizzle,
                                CUtensorMapL2promotion, CUtensorMapFloatOOBfill) {
  if (map == nullptr || reinterpret_cast<uintptr_t>(map) % 64 != 0) return CUDA_ERROR_INVALID_VALUE;
  if (rank < 1 || rank > unsigned(kMaxRank) || memory == nullptr || reinterpret_cast<uintptr_t>(memory) % 16 != 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  TensorMap encoded{};
  encoded.magic = kMagic;
  encoded.rank = int(rank);
  encoded.element_bytes = type == CU_TENSOR_MAP_DATA_TYPE_FLOAT32 ? 4 : 2;
  encoded.swizzled = swizzle == CU_TENSOR_MAP_SWIZZLE_128B;
  encoded.memory = static_cast<char*>(memory);
  for (cuuint32_t d = 0; d < rank; ++d) {
    if (sizes[d] == 0 || sizes[d] > uint64_t{1} << 32 || box[d] == 0 || box[d] > 256 || element_steps[d] != 1) {
      return CUDA_ERROR_INVALID_VALUE;
    }
    encoded.size[d] = sizes[d];
    encoded.box[d] = box[d];
    if (d == 0) continue;
    encoded.pitch[d] = pitches[d - 1];
    if (encoded.pitch[d] % 16 != 0 || encoded.pitch[d] >= uint64_t{1} << 40) return CUDA_ERROR_INVALID_VALUE;
  }
  const uint32_t width = box[0] * uint32_t(encoded.element_bytes);
  if (width % 16 != 0 || (encoded.swizzled && width > 128)) return CUDA_ERROR_INVALID_VALUE;
  std::memset(map, 0, sizeof *map);
  std::memcpy(map->opaque, &encoded, sizeof encoded);
  return CUDA_SUCCESS;
}

cudaError_t cudaGetDriverEntryPointByVersion(const char* symbol, void** function, unsigned, unsigned long long,
                                             cudaDriverEntryPointQueryResult* found) {
  if (symbol == nullptr || function == nullptr) return report(cudaErrorInvalidValue);
  const bool known = std::strcmp(symbol, "cuTensorMapEncodeTiled") == 0;
  *function = known ? reinterpret_cast<void*>(&cuTensorMapEncodeTiled) : nullptr;
  if (found != nullptr) *found = known ? cudaDriverEntryPointSuccess : cudaDriverEntryPointSymbolNotFound;
  return report(cudaSuccess);
}
