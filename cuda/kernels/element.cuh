#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <bit>
#include <type_traits>

#include "tensor/base/dtype.h"

/// Elements whose dtype the kernel learns at run time. One kernel then serves f32, f16 and bf16, which are all computed
/// in f32; the branch is the same for all threads. Kernels that do nothing but move memory are templates instead.
namespace cadena::cuda {

/// Element `at` of `data`, widened to C, the compute type of `dtype`.
template <class C>
__device__ __forceinline__ C load_element(const void* data, Dtype dtype, i64 at) {
  if constexpr (std::is_same_v<C, float>) {
    if (dtype == Dtype::f16) return static_cast<float>(static_cast<const half*>(data)[at]);
    if (dtype == Dtype::bf16) return static_cast<float>(static_cast<const bfloat16*>(data)[at]);
  }
  return static_cast<const C*>(data)[at];
}

/// The same for any floating dtype, as a double.
__device__ __forceinline__ double load_real(const void* data, Dtype dtype, i64 at) {
  if (dtype == Dtype::f64) return static_cast<const double*>(data)[at];
  return static_cast<double>(load_element<float>(data, dtype, at));
}

/// Element `at` of `data` set to a value of its compute type, rounded once.
template <class C>
__device__ __forceinline__ void store_element(void* data, Dtype dtype, i64 at, C value) {
  if constexpr (std::is_same_v<C, float>) {
    if (dtype == Dtype::f16) static_cast<half*>(data)[at] = static_cast<half>(value);
    else if (dtype == Dtype::bf16) static_cast<bfloat16*>(data)[at] = static_cast<bfloat16>(value);
    else static_cast<float*>(data)[at] = value;
  } else {
    static_cast<C*>(data)[at] = value;
  }
}

/// Four neighbours from `at` on, which is a multiple of four in aligned data: one load of up to 16 bytes, two for f64.
template <class C>
__device__ __forceinline__ void load_quad(C (&out)[4], const void* data, Dtype dtype, i64 at) {
  struct alignas(sizeof(C) * 4 < 16 ? sizeof(C) * 4 : 16) Wide {
    C value[4];
  };
  struct alignas(8) Narrow {
    std::uint16_t bits[4];
  };
  if constexpr (std::is_same_v<C, float>) {
    if (size_of(dtype) == 2) {
      const Narrow quad = *reinterpret_cast<const Narrow*>(static_cast<const std::uint16_t*>(data) + at);
      const bool is_half = dtype == Dtype::f16;
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        out[i] = is_half ? half::to_float(quad.bits[i]) : std::bit_cast<float>(std::uint32_t{quad.bits[i]} << 16);
      }
      return;
    }
  }
  const Wide quad = *reinterpret_cast<const Wide*>(static_cast<const C*>(data) + at);
#pragma unroll
  for (int i = 0; i < 4; ++i) out[i] = quad.value[i];
}

/// True if four neighbours at a multiple of four are one load.
inline bool loads_in_quads(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % 16 == 0; }

/// Calls `f.template operator()<C>()` with the compute type of a floating dtype: float or double.
template <class F>
void by_real_compute(const char* op, Dtype dtype, F&& f) {
  if (dtype == Dtype::f64) f.template operator()<double>();
  else if (is_floating(dtype)) f.template operator()<float>();
  else fail_dtype(op, dtype, "f32, f64, f16 or bf16");
}

/// The same for every dtype but bool: float, double or i64.
template <class F>
void by_compute(const char* op, Dtype dtype, F&& f) {
  if (dtype == Dtype::i64) f.template operator()<i64>();
  else if (dtype == Dtype::boolean) fail_dtype(op, dtype, "a number");
  else by_real_compute(op, dtype, f);
}

}  // namespace cadena::cuda
