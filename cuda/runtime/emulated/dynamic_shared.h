#pragma once

namespace cadena::cuda::emulated {

/// The dynamic shared memory of the running block. It ends at an inaccessible page, as near as 16-byte alignment
/// allows.
extern __thread void* dynamic_shared_memory;

}  // namespace cadena::cuda::emulated
