#pragma once

#include <optional>
#include <string_view>

#include "tensor/io/file.h"
#include "tensor/tensor.h"

namespace cadena {

/// How elements are stored in a file. Integers of every width become i64 in memory.
enum class Encoding : std::uint8_t {
  boolean,
  uint8,
  int8,
  uint16,
  int16,
  float16,
  bfloat16,
  uint32,
  int32,
  float32,
  uint64,
  int64,
  float64
};

/// Bytes of one stored element.
std::size_t size_of(Encoding encoding);

/// The encoding that stores a dtype without change.
Encoding encoding_of(Dtype dtype);
/// The dtype into which an encoding is read.
Dtype dtype_of_encoding(Encoding encoding);

/// Reads a row-major tensor. Before anything is allocated, the size is compared with what the source really holds.
/// Throws IoError naming the source if it holds fewer bytes, the size overflows, or a u64 does not fit in i64,
/// MemoryError naming it where there is no room for the tensor.
Tensor read_elements(ByteSource& source, const Shape& shape, Encoding encoding, bool big_endian = false);

/// x in row-major order on the CPU, where its bytes can be read. Throws IoError naming `op` if it is undefined.
Tensor for_writing(const char* op, const Tensor& x);

/// The bytes of a row-major tensor on the CPU.
std::string_view bytes_of(const Tensor& x);

}  // namespace cadena
