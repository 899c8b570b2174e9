#pragma once

#include <cstddef>

namespace cadena::cuda::emulated {

/// Makes pages of device memory readable and writable, for those alone who have access to device memory where the
/// processor has protection keys; false where the system refuses.
bool protect_device(void* pages, size_t bytes);
/// Whether host code that touches device memory is caught here.
bool host_access_is_caught();
/// Opens such pages to all host code.
void share_device(void* pages, size_t bytes);

}  // namespace cadena::cuda::emulated
