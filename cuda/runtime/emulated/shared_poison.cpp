#include "cuda/runtime/emulated/shared_poison.h"

#include <cstring>

#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {

void poison_shared(const KernelLaunch& launch, void* dynamic_shared) {
  if (launch.shared_bytes > 0) std::memset(dynamic_shared, 0xff, launch.shared_bytes);
}

}  // namespace cadena::cuda::emulated
