#include "cuda/runtime/emulated/tensor_core.h"

#include <cstring>

#include "cuda/runtime/emulated/bits16.h"
#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/runner.h"

/// Tensor core instructions: the last lane to arrive gathers the fragments of all 32, multiplies, and deals the result.
namespace cadena::cuda::emulated {
namespace {

constexpr uint32_t kAllLanes = 0xffffffffu;

struct Load {
  uint32_t* registers;
  const void* row;
  int count;
  bool transposed;
  const void* place;
};

/// Lane 8i + r points to row r of matrix i. Lane l gets numbers 2(l%4) and 2(l%4)+1 of row l/4, or of column l/4.
void combine_load(void** payloads, uint32_t) {
  for (int lane = 0; lane < kWarpSize; ++lane) {
    const Load& own = *static_cast<Load*>(payloads[lane]);
    const Blame blame(*Runner::running(), own.place);
    for (int matrix = 0; matrix < own.count; ++matrix) {
      const auto number = [&](int row, int column) {
        uint16_t bits;
        const void* begin = static_cast<Load*>(payloads[8 * matrix + row])->row;
        std::memcpy(&bits, static_cast<const char*>(begin) + 2 * column, 2);
        return bits;
      };
      const int major = lane / 4, minor = lane % 4 * 2;
      const uint32_t low = own.transposed ? number(minor, major) : number(major, minor);
      const uint32_t high = own.transposed ? number(minor + 1, major) : number(major, minor + 1);
      own.registers[matrix] = low | high << 16;
    }
  }
}

struct Multiply {
  float* d;
  const uint32_t *a, *b;
};

template <Operand operand>
float half_of(uint32_t word, int half) {
  const auto bits = uint16_t(word >> 16 * half);
  return operand == Operand::bf16 ? float_from_bf16(bits) : float_from_f16(bits);
}

/// D (16 x 8) += A (16 x K) B (K x 8), one exact product after the other, each sum rounded to f32.
template <int K>
void multiply(const float (&a)[16][K], const float (&b)[K][8], void** payloads) {
  for (int lane = 0; lane < kWarpSize; ++lane) {
    float* d = static_cast<Multiply*>(payloads[lane])->d;
    for (int i = 0; i < 4; ++i) {
      const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
      float sum = d[i];
      for (int k = 0; k < K; ++k) sum += a[row][k] * b[k][column];
      d[i] = sum;
    }
  }
}

template <Operand operand>
void combine_multiply_16(void** payloads, uint32_t) {
  float a[16][16], b[16][8];
  for (int lane = 0; lane < kWarpSize; ++lane) {
    const Multiply& own = *static_cast<Multiply*>(payloads[lane]);
    const int g = lane / 4, t = lane % 4 * 2;
    for (int h = 0; h < 2; ++h) {
      a[g][t + h] = half_of<operand>(own.a[0], h);
      a[g + 8][t + h] = half_of<operand>(own.a[1], h);
      a[g][t + 8 + h] = half_of<operand>(own.a[2], h);
      a[g + 8][t + 8 + h] = half_of<operand>(own.a[3], h);
      b[t + h][g] = half_of<operand>(own.b[0], h);
      b[t + 8 + h][g] = half_of<operand>(own.b[1], h);
    }
  }
  multiply(a, b, payloads);
}

void combine_multiply_tf32(void** payloads, uint32_t) {
  float a[16][8], b[8][8];
  const auto number = [](uint32_t bits) { return __builtin_bit_cast(float, bits & 0xffffe000u); };
  for (int lane = 0; lane < kWarpSize; ++lane) {
    const Multiply& own = *static_cast<Multiply*>(payloads[lane]);
    const int g = lane / 4, t = lane % 4;
    a[g][t] = number(own.a[0]);
    a[g + 8][t] = number(own.a[1]);
    a[g][t + 4] = number(own.a[2]);
    a[g + 8][t + 4] = number(own.a[3]);
    b[t][g] = number(own.b[0]);
    b[t + 4][g] = number(own.b[1]);
  }
  multiply(a, b, payloads);
}

/// All 32 lanes must be there: the instruction is undefined otherwise.
void require_full_warp(const char* name, Site site) {
  Runner& runner = *Runner::running();
  if (runner.lanes_alive() == kAllLanes) return;
  runner.fail(cudaErrorLaunchFailure, std::string(name) + ": some of the 32 lanes have returned or do not exist", site,
              nullptr, runner.thread());
}

}  // namespace

void load_matrices(uint32_t* registers, int count, const void* row, bool transposed, Site site) {
  Runner& runner = *Runner::running();
  const void* place = __builtin_return_address(0);
  require_full_warp("ldmatrix", site);
  const bool gives_row = runner.lane() < 8 * count;
  if (gives_row && reinterpret_cast<uintptr_t>(row) % 16 != 0) {
    runner.fail(cudaErrorMisalignedAddress, "ldmatrix: a row begins at an address that is no multiple of 16", site,
                place, runner.thread());
  }
  if (hooks && gives_row) hooks->access(row, 16, false, place);
  Load payload{registers, row, count, transposed, place};
  runner.warp_collective(kAllLanes, &payload, combine_load, "ldmatrix", site);
}

void count_tensor_operations(int operations) {
  if (hooks && Runner::running()->lane() == 0) hooks->tensor_core(operations, false, __builtin_return_address(0));
}

void multiply_matrices(float* d, const uint32_t* a, const uint32_t* b, Operand operand, Site site) {
  require_full_warp("mma", site);
  if (hooks && Runner::running()->lane() == 0) {
    const int k = operand == Operand::tf32 ? 8 : 16;
    hooks->tensor_core(2 * 16 * 8 * k, operand == Operand::tf32, __builtin_return_address(0));
  }
  Multiply payload{d, a, b};
  const Combine combine = operand == Operand::bf16  ? combine_multiply_16<Operand::bf16>
                          : operand == Operand::f16 ? combine_multiply_16<Operand::f16>
                                                    : combine_multiply_tf32;
  Runner::running()->warp_collective(kAllLanes, &payload, combine, "mma", site);
}

}  // namespace cadena::cuda::emulated
