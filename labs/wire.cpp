#include "labs/wire.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tensor/base/error.h"
#include "tensor/copy.h"

namespace cadena::labs {
namespace {

constexpr std::uint64_t kMaxFrame = std::uint64_t{1} << 26;  // a forged one must not fill the tests' memory
constexpr int kMaxRank = 16;

void write_bytes(int out, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(out, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw IoError("lab: nobody reads the other end");
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

/// The number of bytes read: fewer than `size` only at the end of the stream.
std::size_t read_bytes(int in, char* data, std::size_t size) {
  std::size_t total = 0;
  while (total < size) {
    const ssize_t got = ::read(in, data + total, size - total);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

bool is_kind(char kind) { return std::strchr("CREVWX", kind) != nullptr && kind != '\0'; }

}  // namespace

void Channel::send(Kind kind, std::string_view bytes) const {
  const std::uint64_t size = bytes.size();
  std::string header(1, static_cast<char>(kind));
  header.append(reinterpret_cast<const char*>(&size), sizeof size);
  write_bytes(out_, header.data(), header.size());
  write_bytes(out_, bytes.data(), bytes.size());
}

bool Channel::receive(Frame& frame) const {
  char header[9];
  const std::size_t got = read_bytes(in_, header, sizeof header);
  if (got == 0) return false;
  std::uint64_t size = 0;
  std::memcpy(&size, header + 1, sizeof size);
  if (got < sizeof header || !is_kind(header[0]) || size > kMaxFrame) throw IoError("lab: a damaged frame");
  frame.kind = static_cast<Kind>(header[0]);
  frame.bytes.clear();
  // In pieces: a forged length must not ask for memory that no bytes follow.
  while (frame.bytes.size() < size) {
    const std::size_t before = frame.bytes.size();
    const std::size_t piece = std::min<std::size_t>(size - before, std::size_t{1} << 20);
    frame.bytes.resize(before + piece);
    if (read_bytes(in_, frame.bytes.data() + before, piece) < piece) throw IoError("lab: a frame was cut short");
  }
  return true;
}

std::uint64_t Writer::keep(Callback callback) {
  callbacks_.push_back(std::move(callback));
  return callbacks_.size() - 1;
}

void Reader::raw(void* data, std::size_t size) {
  if (size > bytes_.size()) throw IoError("lab: a value was cut short");
  std::memcpy(data, bytes_.data(), size);
  bytes_.remove_prefix(size);
}

std::size_t Reader::count(std::size_t size) {
  const auto count = Wire<std::uint64_t>::read(*this);
  if (count > bytes_.size() / size) throw IoError("lab: a count of more things than there are bytes");
  return static_cast<std::size_t>(count);
}

std::string evaluate(const Channel& channel, std::uint64_t number, std::string_view arguments) {
  Writer writer;
  write_all(writer, number);
  writer.raw(arguments.data(), arguments.size());
  channel.send(Kind::evaluate, writer.bytes());
  Frame frame;
  if (!channel.receive(frame)) throw IoError("lab: the tests ended during an evaluation");
  if (frame.kind == Kind::no_value) throw Error(frame.bytes);
  if (frame.kind != Kind::value) throw IoError("lab: no value came back from an evaluation");
  return frame.bytes;
}

void Wire<std::string>::write(Writer& writer, const std::string& text) {
  write_all(writer, static_cast<std::uint64_t>(text.size()));
  writer.raw(text.data(), text.size());
}

std::string Wire<std::string>::read(Reader& reader) {
  std::string text(reader.count(1), '\0');
  reader.raw(text.data(), text.size());
  return text;
}

void Wire<Dims>::write(Writer& writer, const Dims& dims) {
  Wire<std::vector<i64>>::write(writer, std::vector<i64>(dims.begin(), dims.end()));
}

Dims Wire<Dims>::read(Reader& reader) { return Dims(std::span<const i64>(Wire<std::vector<i64>>::read(reader))); }

void Wire<Tensor>::write(Writer& writer, const Tensor& tensor) {
  write_all(writer, tensor.defined());
  if (!tensor.defined()) return;
  const Tensor values = contiguous(to(tensor, Device::cpu()));
  write_all(writer, values.dtype(), values.shape());
  const View view = values.view();
  writer.raw(view.as<char>(), static_cast<std::size_t>(values.numel()) * size_of(values.dtype()));
}

Tensor Wire<Tensor>::read(Reader& reader) {
  if (!Wire<bool>::read(reader)) return Tensor();
  const auto dtype = Wire<Dtype>::read(reader);
  if (dtype > Dtype::boolean) {
    throw IoError("lab: a tensor of an unknown dtype");
  }
  const Shape shape = Wire<Dims>::read(reader);
  if (shape.rank() > kMaxRank) throw IoError("lab: a tensor of too high a rank");
  check_shape("lab", shape, dtype);
  const std::size_t size = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  if (size > reader.remaining()) throw IoError("lab: a tensor was cut short");
  const Tensor tensor = empty(shape, dtype);
  reader.raw(tensor.view().as<char>(), size);
  return tensor;
}

}  // namespace cadena::labs
