#pragma once

#include <cstdint>

#include "cuda/runtime/emulated/qualifiers.h"
#include "cuda/runtime/emulated/vector_types.h"

/// Atomic operations. The wrappers are always inlined and the work is done out of line, so that the return address
/// tells the microscope the line of the kernel.
namespace cadena::cuda::emulated {

enum class Atomic {
  add,
  smallest,
  largest,
  exchange,
  compare_exchange,
  bit_and,
  bit_or,
  bit_xor,
  increment,
  decrement
};
enum class Word { u16, i32, u32, i64, u64, f32, f64, f16, bf16, f16x2, bf16x2 };

/// Replaces the word at `address` by the operation's result, in one step as seen by all threads; returns what was
/// there.
uint64_t atomic_update(void* address, Atomic operation, Word word, uint64_t value, uint64_t expected);

template <class T>
__forceinline__ T atomic_update(T* address, Atomic operation, Word word, T value, T expected = T()) {
  uint64_t value_bits = 0, expected_bits = 0;
  __builtin_memcpy(&value_bits, &value, sizeof(T));
  __builtin_memcpy(&expected_bits, &expected, sizeof(T));
  const uint64_t old_bits = atomic_update(static_cast<void*>(address), operation, word, value_bits, expected_bits);
  T old;
  __builtin_memcpy(&old, &old_bits, sizeof(T));
  return old;
}

template <class T>
inline constexpr Word word_of = Word::i32;
template <>
inline constexpr Word word_of<unsigned> = Word::u32;
template <>
inline constexpr Word word_of<long long> = Word::i64;
template <>
inline constexpr Word word_of<unsigned long long> = Word::u64;
template <>
inline constexpr Word word_of<float> = Word::f32;
template <>
inline constexpr Word word_of<double> = Word::f64;

template <Atomic operation, class T>
__forceinline__ T atomic(T* address, T value) {
  return atomic_update(address, operation, word_of<T>, value);
}

}  // namespace cadena::cuda::emulated

__forceinline__ int atomicAdd(int* p, int v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::add>(p, v);
}
__forceinline__ unsigned atomicAdd(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::add>(p, v);
}
__forceinline__ unsigned long long atomicAdd(unsigned long long* p, unsigned long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::add>(p, v);
}
__forceinline__ float atomicAdd(float* p, float v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::add>(p, v);
}
__forceinline__ double atomicAdd(double* p, double v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::add>(p, v);
}
__forceinline__ int atomicSub(int* p, int v) { return atomicAdd(p, int(0u - unsigned(v))); }
__forceinline__ unsigned atomicSub(unsigned* p, unsigned v) { return atomicAdd(p, 0u - v); }
__forceinline__ int atomicMin(int* p, int v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::smallest>(p, v);
}
__forceinline__ unsigned atomicMin(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::smallest>(p, v);
}
__forceinline__ long long atomicMin(long long* p, long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::smallest>(p, v);
}
__forceinline__ unsigned long long atomicMin(unsigned long long* p, unsigned long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::smallest>(p, v);
}
__forceinline__ int atomicMax(int* p, int v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::largest>(p, v);
}
__forceinline__ unsigned atomicMax(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::largest>(p, v);
}
__forceinline__ long long atomicMax(long long* p, long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::largest>(p, v);
}
__forceinline__ unsigned long long atomicMax(unsigned long long* p, unsigned long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::largest>(p, v);
}
__forceinline__ int atomicExch(int* p, int v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::exchange>(p, v);
}
__forceinline__ unsigned atomicExch(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::exchange>(p, v);
}
__forceinline__ unsigned long long atomicExch(unsigned long long* p, unsigned long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::exchange>(p, v);
}
__forceinline__ float atomicExch(float* p, float v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::exchange>(p, v);
}
__forceinline__ int atomicAnd(int* p, int v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_and>(p, v);
}
__forceinline__ unsigned atomicAnd(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_and>(p, v);
}
__forceinline__ unsigned long long atomicAnd(unsigned long long* p, unsigned long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_and>(p, v);
}
__forceinline__ int atomicOr(int* p, int v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_or>(p, v);
}
__forceinline__ unsigned atomicOr(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_or>(p, v);
}
__forceinline__ unsigned long long atomicOr(unsigned long long* p, unsigned long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_or>(p, v);
}
__forceinline__ int atomicXor(int* p, int v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_xor>(p, v);
}
__forceinline__ unsigned atomicXor(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_xor>(p, v);
}
__forceinline__ unsigned long long atomicXor(unsigned long long* p, unsigned long long v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::bit_xor>(p, v);
}
__forceinline__ unsigned atomicInc(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::increment>(p, v);
}
__forceinline__ unsigned atomicDec(unsigned* p, unsigned v) {
  return cadena::cuda::emulated::atomic<cadena::cuda::emulated::Atomic::decrement>(p, v);
}
__forceinline__ int atomicCAS(int* p, int expected, int v) {
  return cadena::cuda::emulated::atomic_update(p, cadena::cuda::emulated::Atomic::compare_exchange,
                                               cadena::cuda::emulated::word_of<int>, v, expected);
}
__forceinline__ unsigned atomicCAS(unsigned* p, unsigned expected, unsigned v) {
  return cadena::cuda::emulated::atomic_update(p, cadena::cuda::emulated::Atomic::compare_exchange,
                                               cadena::cuda::emulated::word_of<unsigned>, v, expected);
}
__forceinline__ unsigned long long atomicCAS(unsigned long long* p, unsigned long long expected, unsigned long long v) {
  return cadena::cuda::emulated::atomic_update(p, cadena::cuda::emulated::Atomic::compare_exchange,
                                               cadena::cuda::emulated::word_of<unsigned long long>, v, expected);
}
__forceinline__ unsigned short atomicCAS(unsigned short* p, unsigned short expected, unsigned short v) {
  return cadena::cuda::emulated::atomic_update(p, cadena::cuda::emulated::Atomic::compare_exchange,
                                               cadena::cuda::emulated::Word::u16, v, expected);
}
/// Each number in an atomic step of its own, as on a GPU.
__forceinline__ float2 atomicAdd(float2* p, float2 v) { return {atomicAdd(&p->x, v.x), atomicAdd(&p->y, v.y)}; }
__forceinline__ float4 atomicAdd(float4* p, float4 v) {
  return {atomicAdd(&p->x, v.x), atomicAdd(&p->y, v.y), atomicAdd(&p->z, v.z), atomicAdd(&p->w, v.w)};
}
