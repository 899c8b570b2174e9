#pragma once

#include "cuda/runtime/error.h"
#include "tensor/base/error.h"

namespace cadena::cuda {

/// Makes device `index` the one that this thread works on. Throws DeviceError if there is no such device.
void select_device(int index);

/// `f()` on device `index`. Throws DeviceError if there is no such device; what the runtime throws in `f` becomes what
/// a caller of the library expects: DeviceError where memory is full, otherwise cadena::CudaError.
template <class F>
auto on_device(int index, const F& f) {
  select_device(index);
  try {
    return f();
  } catch (const CudaError& error) {
    if (error.code() == cudaErrorMemoryAllocation) throw DeviceError(error.what());
    throw cadena::CudaError(error.what());
  }
}

}  // namespace cadena::cuda
