#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#ifdef CADENA_EMULATED
#include "cuda/runtime/emulated/alignment.h"
#endif

/// Loads and stores of up to 16 bytes at once: one request of a warp moves 512 bytes instead of 128.
namespace cadena::cuda {

/// `Count` numbers in one aligned word of at most 16 bytes.
template <class T, int Count>
struct alignas(sizeof(T) * Count) Vector {
  static_assert(sizeof(T) * Count <= 16, "a thread loads at most 16 bytes at once");
  T value[Count];
  __device__ __forceinline__ T& operator[](int i) { return value[i]; }
  __device__ __forceinline__ const T& operator[](int i) const { return value[i]; }
};

/// How many T one 16-byte word holds.
template <class T>
inline constexpr int kWidest = static_cast<int>(16 / sizeof(T));

/// True where `pointer` is aligned for a word of `Count` numbers.
template <int Count, class T>
__host__ __device__ __forceinline__ bool is_aligned(const T* pointer) {
  return reinterpret_cast<uintptr_t>(pointer) % (sizeof(T) * Count) == 0;
}

/// Loads `Count` numbers at once; `pointer` is aligned to all of them.
template <int Count, class T>
__device__ __forceinline__ Vector<T, Count> load_vector(const T* pointer) {
#ifdef CADENA_EMULATED
  emulated::check_alignment(pointer, sizeof(T) * Count);
#endif
  return *reinterpret_cast<const Vector<T, Count>*>(pointer);
}

/// Stores `Count` numbers at once; `pointer` is aligned to all of them.
template <int Count, class T>
__device__ __forceinline__ void store_vector(T* pointer, const Vector<T, Count>& vector) {
#ifdef CADENA_EMULATED
  emulated::check_alignment(pointer, sizeof(T) * Count);
#endif
  *reinterpret_cast<Vector<T, Count>*>(pointer) = vector;
}

/// `load_vector` of four floats as CUDA's own type.
__device__ __forceinline__ float4 load_float4(const float* pointer) {
#ifdef CADENA_EMULATED
  emulated::check_alignment(pointer, 16);
#endif
  return *reinterpret_cast<const float4*>(pointer);
}

/// Stores four floats at once.
__device__ __forceinline__ void store_float4(float* pointer, float4 value) {
#ifdef CADENA_EMULATED
  emulated::check_alignment(pointer, 16);
#endif
  *reinterpret_cast<float4*>(pointer) = value;
}

}  // namespace cadena::cuda
