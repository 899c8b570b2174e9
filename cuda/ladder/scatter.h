// Numbers for the problems of the ladders.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace cadena::cuda::ladder {

/// `value` rounded to T.
template <class T>
T rounded_to(float value) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    return __float2bfloat16(value);
  } else if constexpr (std::is_same_v<T, __half>) {
    return __float2half(value);
  } else {
    return static_cast<T>(value);
  }
}

/// The value of a number of any type as f32.
template <class T>
float as_float(T value) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    return __bfloat162float(value);
  } else if constexpr (std::is_same_v<T, __half>) {
    return __half2float(value);
  } else {
    return static_cast<float>(value);
  }
}

/// `count` numbers spread evenly between -1 and 1 without a pattern: element i is a hash of i and the seed (splitmix64,
/// Steele, Lea and Flood 2014). Never zeros: a GPU multiplies those faster.
template <class T>
std::vector<T> scattered(std::size_t count, std::uint64_t seed) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits = (seed << 40 | i) * 0x9e3779b97f4a7c15u;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    bits ^= bits >> 31;
    values[i] = rounded_to<T>((static_cast<float>(bits >> 40) + 0.5f) * 0x1p-23f - 1);
  }
  return values;
}

/// The values as f32.
template <class T>
std::vector<float> as_floats(const std::vector<T>& values) {
  std::vector<float> result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) result[i] = as_float(values[i]);
  return result;
}

}  // namespace cadena::cuda::ladder
