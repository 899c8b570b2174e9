#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/tensor.h"

/// How a lab's tests and a student's code, two processes that share nothing, exchange values: frames of bytes over two
/// pipes. Every length is checked, since the bytes may come from a hostile program.
namespace cadena::labs {

/// What a frame carries.
enum class Kind : char {
  call = 'C',      ///< tests to student: a function's name and its arguments
  result = 'R',    ///< student to tests: what the function returned
  error = 'E',     ///< student to tests: the kind and the text of the exception it threw
  evaluate = 'V',  ///< student to tests: the number of a function that was an argument, and its arguments
  value = 'W',     ///< tests to student: what that function returned
  no_value = 'X',  ///< tests to student: that function cannot be evaluated there; the reason
};

struct Frame {
  Kind kind;
  std::string bytes;
};

/// Two file descriptors with frames on them: one byte of kind, eight bytes of length, the bytes.
class Channel {
 public:
  Channel(int in, int out) : in_(in), out_(out) {}

  /// Throws IoError if nobody listens any more.
  void send(Kind kind, std::string_view bytes) const;
  /// False at the end of the stream. Throws IoError for a frame cut short, of an unknown kind or of more than 64 MiB.
  bool receive(Frame& frame) const;

 private:
  int in_;
  int out_;
};

/// A function among a call's arguments as the tests hold it: takes and gives encoded values.
using Callback = std::function<std::string(std::string_view)>;

/// Encodes values one after the other.
class Writer {
 public:
  void raw(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  /// Keeps a function and returns the number it is called by.
  std::uint64_t keep(Callback callback);
  const std::string& bytes() const { return bytes_; }
  const std::vector<Callback>& callbacks() const { return callbacks_; }

 private:
  std::string bytes_;
  std::vector<Callback> callbacks_;
};

/// Decodes what a Writer has encoded. Throws IoError where the bytes end early.
class Reader {
 public:
  explicit Reader(std::string_view bytes, const Channel* channel = nullptr) : bytes_(bytes), channel_(channel) {}
  void raw(void* data, std::size_t size);
  /// A count of things that take at least `size` bytes each, so that a forged one cannot ask for much memory.
  std::size_t count(std::size_t size);
  /// Bytes not read yet.
  std::size_t remaining() const { return bytes_.size(); }
  /// Where functions among the arguments are evaluated; null where there can be none.
  const Channel* channel() const { return channel_; }

 private:
  std::string_view bytes_;
  const Channel* channel_;
};

/// Asks the other side for the value of function `number` of the call. Throws IoError, or Error with its reason.
std::string evaluate(const Channel& channel, std::uint64_t number, std::string_view arguments);

/// The encoding of one type: `write(Writer&, value)` and `read(Reader&)`. A type without one does not cross.
template <class T>
struct Wire;

template <class... T>
void write_all(Writer& writer, const T&... values) {
  (Wire<T>::write(writer, values), ...);
}

template <class T>
requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) struct Wire<T> {
  static void write(Writer& writer, T value) { writer.raw(&value, sizeof value); }
  static T read(Reader& reader) {
    if constexpr (std::same_as<T, bool>) {
      char byte = 0;
      reader.raw(&byte, 1);
      return byte != 0;
    } else {
      T value{};
      reader.raw(&value, sizeof value);
      return value;
    }
  }
};

template <>
struct Wire<std::string> {
  static void write(Writer& writer, const std::string& text);
  static std::string read(Reader& reader);
};

template <>
struct Wire<Dims> {
  static void write(Writer& writer, const Dims& dims);
  static Dims read(Reader& reader);
};

/// Dtype, shape and the values in row-major order; an undefined tensor crosses as such.
template <>
struct Wire<Tensor> {
  static void write(Writer& writer, const Tensor& tensor);
  static Tensor read(Reader& reader);
};

template <class T>
struct Wire<std::vector<T>> {
  static void write(Writer& writer, const std::vector<T>& values) {
    write_all(writer, static_cast<std::uint64_t>(values.size()));
    for (const T& value : values) Wire<T>::write(writer, value);
  }
  static std::vector<T> read(Reader& reader) {
    const std::size_t count = reader.count(1);
    std::vector<T> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(Wire<T>::read(reader));
    return values;
  }
};

template <class T, std::size_t N>
struct Wire<std::array<T, N>> {
  static void write(Writer& writer, const std::array<T, N>& values) {
    for (const T& value : values) Wire<T>::write(writer, value);
  }
  static std::array<T, N> read(Reader& reader) {
    std::array<T, N> values;
    for (T& value : values) value = Wire<T>::read(reader);
    return values;
  }
};

template <class... T>
struct Wire<std::tuple<T...>> {
  static void write(Writer& writer, const std::tuple<T...>& values) {
    std::apply([&](const T&... value) { write_all(writer, value...); }, values);
  }
  static std::tuple<T...> read(Reader& reader) { return std::tuple<T...>{Wire<T>::read(reader)...}; }
};

template <class A, class B>
struct Wire<std::pair<A, B>> {
  static void write(Writer& writer, const std::pair<A, B>& values) { write_all(writer, values.first, values.second); }
  static std::pair<A, B> read(Reader& reader) { return std::pair<A, B>{Wire<A>::read(reader), Wire<B>::read(reader)}; }
};

/// Whether all tensors in a value are defined: a test could not compute with one that is not.
inline bool is_whole(const Tensor& value) { return value.defined(); }
template <class T>
bool is_whole(const T& value) {
  if constexpr (requires { std::tuple_size<T>::value; }) {
    return std::apply([](const auto&... each) { return (is_whole(each) && ...); }, value);
  } else if constexpr (requires { value.begin(); }) {
    return std::all_of(value.begin(), value.end(), [](const auto& each) { return is_whole(each); });
  } else {
    return true;
  }
}

/// A function crosses as a number; calling it on the other side asks back for the value.
template <class R, class... A>
struct Wire<std::function<R(A...)>> {
  static void write(Writer& writer, const std::function<R(A...)>& f) {
    write_all(writer, writer.keep([f](std::string_view bytes) {
      Reader reader(bytes);
      std::tuple<std::decay_t<A>...> arguments{Wire<std::decay_t<A>>::read(reader)...};
      if (!is_whole(arguments)) fail<Error>("a function of the tests was called with an undefined tensor");
      Writer result;
      write_all(result, std::apply(f, arguments));
      return result.bytes();
    }));
  }
  static std::function<R(A...)> read(Reader& reader) {
    const auto number = Wire<std::uint64_t>::read(reader);
    return [channel = reader.channel(), number](const std::decay_t<A>&... arguments) {
      Writer writer;
      write_all(writer, arguments...);
      const std::string bytes = evaluate(*channel, number, writer.bytes());
      Reader result(bytes);
      return Wire<std::decay_t<R>>::read(result);
    };
  }
};

}  // namespace cadena::labs
