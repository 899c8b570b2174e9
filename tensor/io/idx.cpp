#include "tensor/io/idx.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/io/elements.h"
#include "tensor/io/room.h"

// Format: http://yann.lecun.com/exdb/mnist/
namespace cadena {
namespace {

constexpr std::pair<unsigned char, Encoding> kTypes[] = {{0x08, Encoding::uint8},   {0x09, Encoding::int8},
                                                         {0x0B, Encoding::int16},   {0x0C, Encoding::int32},
                                                         {0x0D, Encoding::float32}, {0x0E, Encoding::float64}};

std::string hex(const unsigned char* bytes, int count) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (int i = 0; i < count; ++i) text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return text;
}

template <class Raw, class T>
void append_big_endian(std::string& bytes, const Tensor& x) {
  const T* values = x.data<T>();
  for (i64 i = 0; i < x.numel(); ++i) {
    const Raw raw = static_cast<Raw>(values[i]);
    char stored[sizeof(Raw)];
    std::memcpy(stored, &raw, sizeof(Raw));
    for (std::size_t byte = sizeof(Raw); byte-- > 0;) bytes += stored[byte];
  }
}

/// The narrowest encoding of the format that holds every element of x.
Encoding narrowest(const std::string& path, const Tensor& x) {
  switch (x.dtype()) {
    case Dtype::boolean: return Encoding::uint8;
    case Dtype::f32: return Encoding::float32;
    case Dtype::f64: return Encoding::float64;
    case Dtype::i64: break;
    default: fail_dtype("save_idx", x.dtype(), "bool, i64, f32 or f64");
  }
  i64 low = 0;
  i64 high = 0;
  for (i64 i = 0; i < x.numel(); ++i) {
    low = std::min(low, x.data<i64>()[i]);
    high = std::max(high, x.data<i64>()[i]);
  }
  if (low >= 0 && high <= 255) return Encoding::uint8;
  if (low < std::numeric_limits<std::int32_t>::min() || high > std::numeric_limits<std::int32_t>::max()) {
    fail<IoError>(path, ": integers from ", low, " to ", high, " do not fit in the 32 bits of IDX");
  }
  return Encoding::int32;
}

}  // namespace

Tensor load_idx(const std::string& path, std::optional<Dtype> dtype) {
  InputFile file(path);
  unsigned char magic[4];
  file.read(magic, sizeof magic);
  const auto type =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& pair) { return pair.first == magic[2]; });
  if (magic[0] != 0 || magic[1] != 0 || type == std::end(kTypes)) {
    const bool gzip = magic[0] == 0x1f && magic[1] == 0x8b;
    fail<IoError>(path, ": not an IDX file: magic number ", hex(magic, 4), ", expected 0x0000, a type 08 to 0e, a rank",
                  gzip ? "; it is compressed: unpack it with gunzip first" : "");
  }
  Shape shape = Shape::filled(magic[3], 0);
  for (i64& extent : shape) {
    unsigned char bytes[4];
    file.read(bytes, sizeof bytes);
    for (unsigned char byte : bytes) extent = extent << 8 | byte;
  }
  const Tensor x = read_elements(file, shape, type->second, true);
  if (file.remaining() > 0) {
    fail<IoError>(path, ": ", file.remaining(), " bytes follow the elements of shape ", shape);
  }
  return with_room(path, size_of(type->second) * static_cast<std::uint64_t>(x.numel()),
                   [&] { return cast(x, dtype.value_or(x.dtype())); });
}

void save_idx(const std::string& path, const Tensor& x) {
  const Tensor values = for_writing("save_idx", x);
  const Encoding encoding = narrowest(path, values);
  if (x.rank() > 255) fail<IoError>(path, ": ", x.rank(), " axes, IDX allows 255");
  const auto type =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& pair) { return pair.second == encoding; });
  std::string bytes{'\0', '\0', static_cast<char>(type->first), static_cast<char>(x.rank())};
  for (i64 extent : x.shape()) {
    if (extent > std::numeric_limits<std::uint32_t>::max()) {
      fail<IoError>(path, ": shape ", x.shape(), " does not fit in the 32 bits of IDX");
    }
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(extent >> shift & 0xff);
  }
  switch (encoding) {
    case Encoding::float32: append_big_endian<float, float>(bytes, values); break;
    case Encoding::float64: append_big_endian<double, double>(bytes, values); break;
    case Encoding::int32: append_big_endian<std::int32_t, i64>(bytes, values); break;
    default:
      if (x.dtype() == Dtype::boolean) append_big_endian<std::uint8_t, bool>(bytes, values);
      else append_big_endian<std::uint8_t, i64>(bytes, values);
  }
  write_file(path, bytes);
}

}  // namespace cadena
