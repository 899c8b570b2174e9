#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#ifdef CADENA_EMULATED
#include "cuda/runtime/emulated/tensor_core.h"
#endif

/// Tensor cores, one warp at a time: all 32 lanes call together. Lane l has g = l / 4 and t = l % 4.
///
/// An operand of 2-byte numbers holds two in a register, the lower column first. Of A (16 x 16, row-major) register 0
/// is row g, columns 2t and 2t+1; register 1 row g+8; registers 2 and 3 the same rows, columns 8 further. Of B (16 x 8)
/// register 0 is rows 2t and 2t+1 of column g, register 1 rows 8 further. Of C and D (16 x 8, f32) numbers 0 and 1 are
/// row g, columns 2t and 2t+1; numbers 2 and 3 row g+8. (PTX ISA 9.7.14.5.8)
namespace cadena::cuda {

/// Says that the 2-byte numbers are bfloat16.
struct bf16_tag {};
/// Says that the 2-byte numbers are half precision.
struct f16_tag {};

/// Loads four 8 x 8 matrices of 2-byte numbers from shared memory: lane 8i + r gives the 16-byte aligned `row` r of
/// matrix i, and lane l gets columns 2(l%4), 2(l%4)+1 of row l/4 of each.
__device__ __forceinline__ void ldmatrix_x4(uint32_t (&registers)[4], const void* row) {
#ifdef CADENA_EMULATED
  emulated::load_matrices(registers, 4, row, false);
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
#endif
}

/// Two matrices; the rows are given by lanes 0 to 15.
__device__ __forceinline__ void ldmatrix_x2(uint32_t (&registers)[2], const void* row) {
#ifdef CADENA_EMULATED
  emulated::load_matrices(registers, 2, row, false);
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0,%1}, [%2];"
               : "=r"(registers[0]), "=r"(registers[1])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
#endif
}

/// Four matrices, each transposed on the way: lane l gets rows 2(l%4), 2(l%4)+1 of column l/4.
__device__ __forceinline__ void ldmatrix_x4_trans(uint32_t (&registers)[4], const void* row) {
#ifdef CADENA_EMULATED
  emulated::load_matrices(registers, 4, row, true);
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
#endif
}

/// Two matrices, each transposed on the way.
__device__ __forceinline__ void ldmatrix_x2_trans(uint32_t (&registers)[2], const void* row) {
#ifdef CADENA_EMULATED
  emulated::load_matrices(registers, 2, row, true);
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];"
               : "=r"(registers[0]), "=r"(registers[1])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
#endif
}

/// D = A B + D, A 16 x 16 and B 16 x 8 in bfloat16, D 16 x 8 in f32. Compute capability 8.0 and later.
__device__ __forceinline__ void mma_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], bf16_tag) {
#ifdef CADENA_EMULATED
  emulated::multiply_matrices(d, a, b, emulated::Operand::bf16);
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  __trap();
#elif defined(__CUDA_ARCH__)
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

/// D = A B + D, A 16 x 16 and B 16 x 8 in half precision, D 16 x 8 in f32. Compute capability 8.0 and later.
__device__ __forceinline__ void mma_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], f16_tag) {
#ifdef CADENA_EMULATED
  emulated::multiply_matrices(d, a, b, emulated::Operand::f16);
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  __trap();
#elif defined(__CUDA_ARCH__)
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

/// D = A B + D in TensorFloat-32: A 16 x 8, B 8 x 8, each register one f32 whose lowest 13 bits are ignored. Of A
/// registers 0 to 3 are (g, t), (g+8, t), (g, t+4), (g+8, t+4); of B (t, g), (t+4, g). Compute capability 8.0 and
/// later.
__device__ __forceinline__ void mma_m16n8k8(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#ifdef CADENA_EMULATED
  emulated::multiply_matrices(d, a, b, emulated::Operand::tf32);
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  __trap();
#elif defined(__CUDA_ARCH__)
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

/// The f32 `x` rounded to TensorFloat-32 (10 bits of mantissa, ties away from zero), as a register for mma_m16n8k8.
__device__ __forceinline__ uint32_t to_tf32(float x) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  uint32_t result;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(result) : "f"(x));
  return result;
#else
  const uint32_t bits = __float_as_uint(x);
  return (bits & 0x7f800000u) == 0x7f800000u ? bits : (bits + 0x1000u) & 0xffffe000u;
#endif
}

}  // namespace cadena::cuda
