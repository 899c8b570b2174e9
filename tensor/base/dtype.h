#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tensor/base/half.h"

namespace cadena {

/// What an element is. `f16` and `bf16` are stored in two bytes and computed in f32.
enum class Dtype : std::uint8_t { f32, f64, f16, bf16, i64, boolean };

/// The one integer type of elements, extents and positions.
using i64 = std::int64_t;

/// Bytes of one element.
constexpr std::size_t size_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32: return 4;
    case Dtype::f64: return 8;
    case Dtype::f16: return 2;
    case Dtype::bf16: return 2;
    case Dtype::i64: return 8;
    case Dtype::boolean: return 1;
  }
  return 0;
}

/// "f32", "f64", "f16", "bf16", "i64" or "bool".
const char* to_string(Dtype dtype);

/// True for f32, f64, f16 and bf16.
constexpr bool is_floating(Dtype dtype) { return dtype != Dtype::i64 && dtype != Dtype::boolean; }

/// The dtype in which elements are computed: f32 for f16 and bf16, the dtype itself otherwise.
constexpr Dtype compute_dtype(Dtype dtype) { return size_of(dtype) == 2 ? Dtype::f32 : dtype; }

/// The dtype of real results for operands of `dtype`: the dtype itself where it is floating, f32 otherwise.
constexpr Dtype floating_dtype(Dtype dtype) { return is_floating(dtype) ? dtype : Dtype::f32; }

/// The dtype in which operands of two dtypes meet: bool < i64 < {f16, bf16} < f32 < f64, and f16 with bf16 gives f32
/// (PyTorch's rule for tensors).
Dtype promote(Dtype a, Dtype b);

/// The C++ type that stores one element, as a constant: `dtype_of<float> == Dtype::f32`.
template <class T>
inline constexpr Dtype dtype_of = Dtype::f32;
/// 8 bytes, IEEE binary64.
template <>
inline constexpr Dtype dtype_of<double> = Dtype::f64;
/// 2 bytes, see `half`.
template <>
inline constexpr Dtype dtype_of<half> = Dtype::f16;
/// 2 bytes, see `bfloat16`.
template <>
inline constexpr Dtype dtype_of<bfloat16> = Dtype::bf16;
/// 8 bytes.
template <>
inline constexpr Dtype dtype_of<i64> = Dtype::i64;
/// 1 byte.
template <>
inline constexpr Dtype dtype_of<bool> = Dtype::boolean;

namespace detail {
template <class T>
struct Compute {
  using type = T;
};
template <>
struct Compute<half> {
  using type = float;
};
template <>
struct Compute<bfloat16> {
  using type = float;
};
}  // namespace detail

/// The type in which elements stored as T are computed: float for the two-byte types, T otherwise.
template <class T>
using compute_t = typename detail::Compute<T>::type;

/// Throws DtypeError: `op` has no kernel for this dtype.
[[noreturn]] void fail_dtype(const char* op, Dtype dtype, const char* expected);

/// Calls `f.template operator()<T>()` with the C++ type of a floating dtype; throws DtypeError naming `op` otherwise.
template <class F>
decltype(auto) by_float(const char* op, Dtype dtype, F&& f) {
  switch (dtype) {
    case Dtype::f32: return f.template operator()<float>();
    case Dtype::f64: return f.template operator()<double>();
    case Dtype::f16: return f.template operator()<half>();
    case Dtype::bf16: return f.template operator()<bfloat16>();
    default: fail_dtype(op, dtype, "f32, f64, f16 or bf16");
  }
}

/// The same for every dtype but bool: arithmetic.
template <class F>
decltype(auto) by_number(const char* op, Dtype dtype, F&& f) {
  if (dtype == Dtype::i64) return f.template operator()<i64>();
  if (dtype == Dtype::boolean) fail_dtype(op, dtype, "a number");
  return by_float(op, dtype, f);
}

/// The same for every dtype: copies, comparisons, indexing.
template <class F>
decltype(auto) by_dtype(const char* op, Dtype dtype, F&& f) {
  if (dtype == Dtype::boolean) return f.template operator()<bool>();
  return by_number(op, dtype, f);
}

}  // namespace cadena
