#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "tensor/base/convert.h"
#include "tensor/base/dtype.h"
#include "tensor/base/host_device.h"

namespace cadena {

/// A host value that stands in for a tensor of any shape: `x * 2`, `x + 0.5`. It remembers whether it was written as an
/// integer, because an integer leaves an i64 tensor i64 and a fraction makes it f32; a floating tensor keeps its dtype.
/// Elementwise arithmetic and comparisons take the value as it is: f16 and bf16 are computed in f32, and so is the
/// number.
class Number {
 public:
  /// Written as an integer. Throws ValueError for an unsigned one beyond i64.
  template <std::integral T>
  Number(T value) : integer_(static_cast<i64>(value)), floating_(static_cast<double>(value)), is_integer_(true) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(i64)) {
      if (integer_ < 0) fail_range("Number", floating_);
    }
  }
  /// Written with a fraction.
  template <std::floating_point T>
  Number(T value) : integer_(convert_to<i64>(value)), floating_(static_cast<double>(value)) {}

  /// True if it was written as an integer.
  bool is_integer() const { return is_integer_; }

  /// The value as a compute type: an integer as i64 is exact, everything else is rounded to f64 and then to T.
  template <class T>
  CADENA_HOST_DEVICE T as() const {
    if constexpr (std::is_same_v<T, i64>) return integer_;
    else return static_cast<T>(floating_);
  }

  /// The number with its sign changed; the smallest i64 wraps, as i64 tensors do.
  Number negated() const {
    Number negative = -floating_;
    if (is_integer_) negative.integer_ = static_cast<i64>(std::uint64_t{0} - static_cast<std::uint64_t>(integer_));
    negative.is_integer_ = is_integer_;
    return negative;
  }

  /// Throws ValueError naming `op` if `dtype` is i64 and the number is NaN or outside its range. Within it, a fraction
  /// is dropped.
  void expect_in(const char* op, Dtype dtype) const {
    if (dtype == Dtype::i64 && !is_integer_ && !(floating_ >= -0x1p63 && floating_ < 0x1p63)) fail_range(op, floating_);
  }

  /// The dtype in which a tensor of `dtype` meets this number.
  Dtype meet(Dtype dtype) const {
    if (is_floating(dtype)) return dtype;
    return is_integer_ ? Dtype::i64 : Dtype::f32;
  }

 private:
  [[noreturn]] static void fail_range(const char* op, double value);

  i64 integer_;
  double floating_;
  bool is_integer_ = false;
};

}  // namespace cadena
