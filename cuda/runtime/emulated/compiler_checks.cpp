#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cuda/runtime/emulated/runner.h"

/// What the compiler puts into kernels with -fsanitize=bounds,alignment calls these functions where an index lies
/// outside of an array whose size is known, or where a pointer is no multiple of what its type needs. The sanitizer's
/// own library, which would print and go on, is not linked.
namespace cadena::cuda::emulated {
namespace {

/// The compiler's data: the place in the source, and types by name.
struct Place {
  const char* file;
  uint32_t line, column;
};
struct Type {
  uint16_t kind, info;  // integers are of kind 0; info is 2 log2(bits) + 1 if signed
  char name[1];
};
struct BadIndex {
  Place place;
  const Type *array, *index;
};
struct BadPointer {
  Place place;
  const Type* type;
  unsigned char log2_alignment, use;
};

[[noreturn]] void fail(cudaError_t code, std::string what, const Place& place) {
  if (Runner* runner = Runner::running()) {
    runner->fail(code, std::move(what), {place.file, int(place.line)}, nullptr, runner->thread());
  }
  std::fprintf(stderr, "%s:%u: %s\n", place.file, place.line, what.c_str());
  std::abort();
}

/// The name of a type, which the compiler gives in quotes: `float4` for `'const struct float4'`.
std::string name_of(const Type& type) {
  std::string name = type.name;
  if (name.size() > 2 && name.front() == '\'') name = name.substr(1, name.size() - 2);
  for (const char* word : {"const ", "volatile ", "struct "}) {
    if (name.rfind(word, 0) == 0) name.erase(0, std::strlen(word));
  }
  return name;
}

/// The index as it was written: shorter than a word it comes in the word itself.
std::string index_text(const Type& type, uintptr_t value) {
  const unsigned bits = type.kind == 0 ? 1u << (type.info >> 1) : 64;
  if ((type.info & 1) == 0 || bits > 64) return std::to_string(value);
  return std::to_string(int64_t(uint64_t(value) << (64 - bits)) >> (64 - bits));
}

}  // namespace
}  // namespace cadena::cuda::emulated

using namespace cadena::cuda::emulated;

extern "C" void __ubsan_handle_out_of_bounds(void* data, void* index) {
  const auto& bad = *static_cast<const BadIndex*>(data);
  fail(cudaErrorIllegalAddress,
       "out of bounds: index " + index_text(*bad.index, reinterpret_cast<uintptr_t>(index)) + " of an array " +
           name_of(*bad.array),
       bad.place);
}

extern "C" void __ubsan_handle_type_mismatch_v1(void* data, void* pointer) {
  const auto& bad = *static_cast<const BadPointer*>(data);
  const uintptr_t unit = uintptr_t{1} << bad.log2_alignment;
  fail(cudaErrorMisalignedAddress,
       "misaligned access: " + name_of(*bad.type) + " at an address that is " +
           std::to_string(reinterpret_cast<uintptr_t>(pointer) % unit) + " past a multiple of " + std::to_string(unit),
       bad.place);
}
