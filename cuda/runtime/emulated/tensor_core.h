#pragma once

#include <cstdint>

#include "cuda/runtime/emulated/site.h"

namespace cadena::cuda::emulated {

/// What the registers of a tensor core operand hold.
enum class Operand { bf16, f16, tf32 };

/// ldmatrix: `count` 8 x 8 matrices of 2-byte numbers, one 16-byte row a lane.
void load_matrices(uint32_t* registers, int count, const void* row, bool transposed, Site site = Site::here());

/// mma.sync m16n8k16 (bf16, f16) or m16n8k8 (tf32): d += a b over the fragments of all lanes.
void multiply_matrices(float* d, const uint32_t* a, const uint32_t* b, Operand operand, Site site = Site::here());

/// Tells the microscope, once a warp, of an instruction of the tensor cores that does so many operations on 2-byte
/// numbers.
void count_tensor_operations(int operations);

}  // namespace cadena::cuda::emulated
