#pragma once

#include <cstddef>

namespace cadena::cuda::emulated {

/// The dynamic shared memory a kernel may ask for: 48 KiB unless its attribute has been raised.
size_t dynamic_shared_limit(const void* kernel);
/// The shared memory that a kernel declares in its body, as far as the symbol table tells.
size_t static_shared_bytes(const void* kernel);
/// Forgets raised limits.
void reset_function_table();
/// Whether a kernel's argument points to host memory: the heap or a stack. Null, device memory, pinned memory and
/// variables of the program (`__device__` ones among them) are not foreign.
bool is_foreign_pointer(const void* pointer);

}  // namespace cadena::cuda::emulated
