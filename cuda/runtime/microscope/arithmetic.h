#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Arithmetic of a kernel, read from the machine code of its basic blocks.
///
/// A scalar addition, subtraction, multiplication, division or square root is one operation, a fused multiply-add two,
/// as in the tables of the GPUs' data sheets. Conversions, comparisons, minima, maxima and sign changes are none. Calls
/// of the mathematical library (expf, tanhf, ...) are counted apart: a GPU has other units for them.
namespace cadena::cuda::microscope {

/// What one run of something computes.
struct Arithmetic {
  uint64_t f32 = 0;
  uint64_t f64 = 0;
  uint64_t special = 0;  ///< functions of the mathematical library

  Arithmetic& operator+=(const Arithmetic& other) {
    f32 += other.f32;
    f64 += other.f64;
    special += other.special;
    return *this;
  }
  Arithmetic operator*(uint64_t times) const { return {f32 * times, f64 * times, special * times}; }
  bool is_none() const { return f32 == 0 && f64 == 0 && special == 0; }
};

/// What one instruction of x86-64 computes; `operands` as objdump prints them, "98e0 <expf@plt>" after a call.
Arithmetic arithmetic_of(std::string_view mnemonic, std::string_view operands);

/// An instruction that computes, inside the basic block that begins at `block`.
struct ArithmeticInstruction {
  uint64_t address = 0;
  uint64_t block = 0;
  Arithmetic arithmetic;
};

/// Reads objdump's listing: `text` is what `objdump -d --no-show-raw-insn` prints.
std::vector<ArithmeticInstruction> parse_listing(std::string_view text);

/// Disassembles `file` between two addresses (as the file gives them) by objdump. Throws std::runtime_error where there
/// is no objdump or it fails.
std::vector<ArithmeticInstruction> disassemble(const std::string& file, uint64_t first, uint64_t last);

}  // namespace cadena::cuda::microscope
