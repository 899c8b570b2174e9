#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/runtime/emulated/site.h"

namespace cadena::cuda::emulated {

/// Fails the kernel: a GPU refuses a word at an address that is no multiple of its size.
[[noreturn]] void fail_alignment(const void* address, size_t bytes, Site site);

inline __attribute__((always_inline)) void check_alignment(const void* address, size_t bytes,
                                                           Site site = Site::here()) {
  if (reinterpret_cast<uintptr_t>(address) % bytes != 0) [[unlikely]]
    fail_alignment(address, bytes, site);
}

}  // namespace cadena::cuda::emulated
