#include "tensor/io/elements.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"

namespace cadena {
namespace {

/// Bytes of a row-major tensor in the file, or nothing if memory could not hold it: extents of 0 do not hide an
/// overflow of others.
std::optional<std::uint64_t> checked_bytes(const Shape& shape, Encoding encoding) {
  i64 bytes = static_cast<i64>(size_of(dtype_of_encoding(encoding)));  // no element is larger in the file
  for (i64 extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, std::max<i64>(extent, 1), &bytes)) return std::nullopt;
  }
  return static_cast<std::uint64_t>(shape.numel()) * size_of(encoding);
}

/// Element i of `bytes`, stored as Raw.
template <class Raw>
Raw load(const char* bytes, i64 i, bool swap) {
  char element[sizeof(Raw)];
  std::memcpy(element, bytes + static_cast<std::size_t>(i) * sizeof(Raw), sizeof(Raw));
  if (swap) std::reverse(element, element + sizeof(Raw));
  Raw value;
  std::memcpy(&value, element, sizeof(Raw));
  return value;
}

/// Fills y from elements stored as Raw, in pieces.
template <class Raw, class T>
void read_as(ByteSource& source, const Tensor& y, bool swap) {
  constexpr i64 kPiece = 1 << 16;
  std::vector<char> piece(static_cast<std::size_t>(std::min(y.numel(), kPiece)) * sizeof(Raw));
  T* data = y.view().as<T>();
  for (i64 begin = 0; begin < y.numel(); begin += kPiece) {
    const i64 n = std::min(kPiece, y.numel() - begin);
    source.read(piece.data(), static_cast<std::uint64_t>(n) * sizeof(Raw));
    for (i64 i = 0; i < n; ++i) {
      const Raw raw = load<Raw>(piece.data(), i, swap);
      if constexpr (std::is_same_v<Raw, std::uint64_t>) {
        if (raw > static_cast<std::uint64_t>(std::numeric_limits<i64>::max())) {
          fail<IoError>(source.name(), ": element ", begin + i, " is ", raw, ", which i64 cannot hold");
        }
      }
      if constexpr (std::is_same_v<T, bool>) data[begin + i] = raw != 0;  // any other byte is no valid bool
      else data[begin + i] = static_cast<T>(raw);  // NOLINT(bugprone-signed-char-misuse): bytes are numbers
    }
  }
}

}  // namespace

std::size_t size_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::boolean:
    case Encoding::uint8:
    case Encoding::int8: return 1;
    case Encoding::uint16:
    case Encoding::int16:
    case Encoding::float16:
    case Encoding::bfloat16: return 2;
    case Encoding::uint32:
    case Encoding::int32:
    case Encoding::float32: return 4;
    case Encoding::uint64:
    case Encoding::int64:
    case Encoding::float64: return 8;
  }
  return 0;
}

Encoding encoding_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32: return Encoding::float32;
    case Dtype::f64: return Encoding::float64;
    case Dtype::f16: return Encoding::float16;
    case Dtype::bf16: return Encoding::bfloat16;
    case Dtype::i64: return Encoding::int64;
    case Dtype::boolean: return Encoding::boolean;
  }
  return Encoding::float32;
}

Dtype dtype_of_encoding(Encoding encoding) {
  switch (encoding) {
    case Encoding::boolean: return Dtype::boolean;
    case Encoding::float16: return Dtype::f16;
    case Encoding::bfloat16: return Dtype::bf16;
    case Encoding::float32: return Dtype::f32;
    case Encoding::float64: return Dtype::f64;
    default: return Dtype::i64;
  }
}

Tensor read_elements(ByteSource& source, const Shape& shape, Encoding encoding, bool big_endian) {
  const auto bytes = checked_bytes(shape, encoding);
  if (!bytes || *bytes > source.remaining()) {
    fail<IoError>(source.name(), ": truncated: shape ", shape, " with ", size_of(encoding),
                  " bytes an element is more than the ", source.remaining(), " bytes left");
  }
  const bool swap = big_endian != (std::endian::native == std::endian::big);
  Tensor y = empty(shape, dtype_of_encoding(encoding), Device::cpu(), source.name().c_str());
  switch (encoding) {
    case Encoding::boolean: read_as<std::uint8_t, bool>(source, y, false); break;
    case Encoding::uint8: read_as<std::uint8_t, i64>(source, y, false); break;
    case Encoding::int8: read_as<std::int8_t, i64>(source, y, false); break;
    case Encoding::uint16: read_as<std::uint16_t, i64>(source, y, swap); break;
    case Encoding::int16: read_as<std::int16_t, i64>(source, y, swap); break;
    case Encoding::uint32: read_as<std::uint32_t, i64>(source, y, swap); break;
    case Encoding::int32: read_as<std::int32_t, i64>(source, y, swap); break;
    case Encoding::uint64: read_as<std::uint64_t, i64>(source, y, swap); break;
    default:  // stored as in memory, but for the order of bytes
      if (!swap) source.read(y.view().data, *bytes);
      else by_number("read", y.dtype(), [&]<class T>() { read_as<T, T>(source, y, true); });
  }
  return y;
}

Tensor for_writing(const char* op, const Tensor& x) {
  if (!x.defined()) fail<IoError>(op, ": the tensor is not defined");
  return to(contiguous(x), Device::cpu());
}

std::string_view bytes_of(const Tensor& x) {
  return {static_cast<const char*>(x.view().data), static_cast<std::size_t>(x.numel()) * size_of(x.dtype())};
}

}  // namespace cadena
