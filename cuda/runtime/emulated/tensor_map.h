#pragma once

#include <cstdint>

struct CUtensorMap_st;

namespace cadena::cuda::emulated {

/// The largest number of dimensions of a tensor that TMA copies boxes of; hardware has 5.
inline constexpr int kMaxRank = 3;

/// What a CUtensorMap says: a tensor in device memory, and the box that one instruction copies. Dimension 0 is the
/// innermost; sizes in elements, pitches in bytes.
struct TensorMap {
  uint32_t magic;  // says that the map was encoded
  int32_t rank, element_bytes;
  int32_t swizzled;  // 16-byte chunks of a 128-byte row change places
  char* memory;
  uint64_t size[kMaxRank], pitch[kMaxRank];
  uint32_t box[kMaxRank];
};

/// The map that cuTensorMapEncodeTiled has written; null for anything else.
const TensorMap* decode(const CUtensorMap_st& map);

/// A box of a tensor: what a transfer of it moves.
struct Box {
  TensorMap map;
  int at[kMaxRank];

  int bytes() const;
  /// Copies the box into `shared`, zeros where the tensor ends.
  void load(char* shared) const;
  /// Copies `shared` to the box, as far as the tensor goes.
  void store(const char* shared) const;

 private:
  template <class Copy>
  void for_each_row(Copy copy) const;
};

/// Where byte `address` of shared memory lies once its 16-byte chunks have changed places: the number of the chunk in
/// its 128 bytes, by an exclusive or with the number of these in their 1,024. (PTX ISA 5.5.7, "Swizzling Modes")
inline uintptr_t swizzle128(uintptr_t address) { return address ^ (address >> 3 & 0x70); }

}  // namespace cadena::cuda::emulated
