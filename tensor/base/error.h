#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace cadena {

/// Root of every exception the library throws; the message names the op, what was given and what was expected.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes, ranks or axes that an operation cannot take.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A dtype that an operation cannot take.
class DtypeError : public Error {
 public:
  using Error::Error;
};

/// A device that is absent, out of memory, or differs between operands.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// Memory of the host that is full.
class MemoryError : public Error {
 public:
  using Error::Error;
};

/// An index outside its axis.
class IndexError : public Error {
 public:
  using Error::Error;
};

/// A host value (probability, learning rate, stride …) outside its range.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// A matrix for which a decomposition or an inverse does not exist.
class LinalgError : public Error {
 public:
  using Error::Error;
};

/// A misuse of the recorded graph: a consumed graph, a saved value that was overwritten.
class GradError : public Error {
 public:
  using Error::Error;
};

/// A failure that the CUDA runtime reported.
class CudaError : public Error {
 public:
  using Error::Error;
};

/// A file that is missing, malformed, hostile, or cannot be written.
class IoError : public Error {
 public:
  using Error::Error;
};

/// A hole of a lab that the student has not filled yet.
class NotImplemented : public Error {
 public:
  using Error::Error;
};

/// A number with up to six significant digits: "0.25", "1e-09", "nan".
std::string to_text(double value);

/// Appends one part of a message: text, a number, or anything with a `to_string`.
template <class Part>
void append_part(std::string& text, const Part& part) {
  if constexpr (std::is_convertible_v<const Part&, std::string_view>) {
    text += std::string_view(part);
  } else if constexpr (std::is_floating_point_v<Part>) {
    text += to_text(static_cast<double>(part));
  } else {
    using std::to_string;
    text += to_string(part);
  }
}

/// The parts written one after the other, the first of them a text or a number (which tells this function from the one
/// that joins tensors): `concat("rank ", 3)` is `"rank 3"`.
template <class First, class... Parts>
requires(std::is_convertible_v<const First&, std::string_view> || std::is_arithmetic_v<First>) std::string
    concat(const First& first, const Parts&... parts) {
  std::string text;
  append_part(text, first);
  (append_part(text, parts), ...);
  return text;
}

/// Throws `Kind` with the concatenated parts: `fail<ShapeError>("matmul: ", a, " x ", b)`.
template <class Kind, class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Kind(concat("", parts...));
}

}  // namespace cadena
