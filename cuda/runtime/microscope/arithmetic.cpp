#include "cuda/runtime/microscope/arithmetic.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "cuda/runtime/microscope/process.h"

namespace cadena::cuda::microscope {
namespace {

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }
bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

template <size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 24> kSpecial{
    "exp",  "exp2", "expm1", "log",   "log2", "log10", "log1p", "sin", "cos",  "tan",    "sincos", "tanh",
    "sinh", "cosh", "atan",  "atan2", "asin", "acos",  "pow",   "erf", "erfc", "lgamma", "cbrt",   "exp10"};

/// "expf" of "98e0 <expf@plt>" or "1200 <expf@@GLIBC_2.27>"; empty where there is none.
std::string_view called_function(std::string_view operands) {
  const size_t open = operands.find('<');
  if (open == std::string_view::npos) return {};
  const std::string_view name = operands.substr(open + 1);
  return name.substr(0, name.find_first_of("@>+"));
}

Arithmetic arithmetic_of_call(std::string_view name) {
  if (name == "fmaf" || name == "__fmaf") return {.f32 = 2};
  if (name == "fma" || name == "__fma") return {.f64 = 2};
  if (name == "sqrtf") return {.f32 = 1};
  if (name == "sqrt") return {.f64 = 1};
  if (is_one_of(name, kSpecial)) return {.special = 1};
  if (ends_with(name, "f") && is_one_of(name.substr(0, name.size() - 1), kSpecial)) return {.special = 1};
  return {};
}

/// How many numbers one instruction computes with: its suffix is ss, sd (one), or ps, pd (a register full).
uint64_t width_of(std::string_view mnemonic, std::string_view operands) {
  if (mnemonic[mnemonic.size() - 2] == 's') return 1;
  const uint64_t bytes = operands.find("%zmm") != std::string_view::npos   ? 64
                         : operands.find("%ymm") != std::string_view::npos ? 32
                                                                           : 16;
  return bytes / (mnemonic.back() == 's' ? 4 : 8);
}

uint64_t parse_address(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

Arithmetic arithmetic_of(std::string_view mnemonic, std::string_view operands) {
  if (mnemonic == "call" || mnemonic == "callq" || mnemonic == "jmp") {
    return arithmetic_of_call(called_function(operands));
  }
  if (mnemonic.size() < 5) return {};
  const std::string_view suffix = mnemonic.substr(mnemonic.size() - 2);
  if (suffix != "ss" && suffix != "sd" && suffix != "ps" && suffix != "pd") return {};
  std::string_view stem = mnemonic.substr(0, mnemonic.size() - 2);
  if (stem.front() == 'v') stem.remove_prefix(1);
  uint64_t each = 0;
  if (stem == "add" || stem == "sub" || stem == "mul" || stem == "div" || stem == "sqrt") each = 1;
  if (starts_with(stem, "fmadd") || starts_with(stem, "fmsub") || starts_with(stem, "fnmadd") ||
      starts_with(stem, "fnmsub")) {
    each = 2;
  }
  const uint64_t operations = each * width_of(mnemonic, operands);
  return suffix.back() == 's' ? Arithmetic{.f32 = operations} : Arithmetic{.f64 = operations};
}

std::vector<ArithmeticInstruction> parse_listing(std::string_view text) {
  // "    4011b6:\tmulss  0x0(%rbp),%xmm0", and "0000000000401180 <name>:" where a function begins.
  std::vector<ArithmeticInstruction> found;
  uint64_t block = 0;
  bool begins_next = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t colon = line.find(":\t");
    if (colon == std::string_view::npos) {
      if (!line.empty() && line.back() == ':') block = 0;
      continue;
    }
    const uint64_t address = parse_address(trim(line.substr(0, colon)));
    const std::string_view instruction = trim(line.substr(colon + 2));
    const std::string_view mnemonic = instruction.substr(0, instruction.find_first_of(" \t"));
    const std::string_view operands = trim(instruction.substr(mnemonic.size()));
    if (begins_next) block = address;
    begins_next = starts_with(mnemonic, "call") && called_function(operands) == "__sanitizer_cov_trace_pc";
    if (begins_next || mnemonic.empty()) continue;
    const Arithmetic arithmetic = arithmetic_of(mnemonic, operands);
    if (block != 0 && !arithmetic.is_none()) found.push_back({address, block, arithmetic});
  }
  return found;
}

std::vector<ArithmeticInstruction> disassemble(const std::string& file, uint64_t first, uint64_t last) {
  const std::string listing =
      output_of({"objdump", "-d", "--no-show-raw-insn", "--start-address=" + std::to_string(first),
                 "--stop-address=" + std::to_string(last), file});
  return parse_listing(listing);
}

}  // namespace cadena::cuda::microscope
