#include "cuda/runtime/emulated/shared_poison.h"

#include <cstring>
#include <map>
#include <utility>

#include "cuda/runtime/emulated/runner.h"
#include "cuda/runtime/emulated/symbols.h"

namespace cadena::cuda::emulated {
namespace {

/// The `__shared__` variables of a kernel's body as they lie in this OS thread's storage.
struct SharedRanges {
  std::vector<std::pair<char*, size_t>> ranges;
};

/// Found by their names in the symbol table: `_ZZ6kernelPfE4tile` is the variable `tile` of the function `_Z6kernelPf`.
/// Those declared in functions that a kernel calls are not found this way.
const SharedRanges& shared_of(const void* kernel) {
  static thread_local std::map<const void*, SharedRanges> known;
  static thread_local const void* last_kernel = nullptr;
  static thread_local const SharedRanges* last = nullptr;
  if (kernel == last_kernel) return *last;
  auto found = known.find(kernel);
  if (found == known.end()) {
    SharedRanges shared;
    for (const LocalVariable& variable : thread_locals_of(kernel)) {
      if (char* storage = thread_storage(variable.module)) {
        shared.ranges.emplace_back(storage + variable.thread_offset, variable.bytes);
      }
    }
    found = known.emplace(kernel, std::move(shared)).first;
  }
  last_kernel = kernel;
  last = &found->second;
  return *last;
}

}  // namespace

void poison_shared(const KernelLaunch& launch, void* dynamic_shared) {
  if (launch.shared_bytes > 0) std::memset(dynamic_shared, 0xff, launch.shared_bytes);
  for (const auto& [begin, bytes] : shared_of(launch.kernel).ranges) std::memset(begin, 0xff, bytes);
}

}  // namespace cadena::cuda::emulated
