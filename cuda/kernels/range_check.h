#pragma once

#include <string_view>

#include "tensor/base/host_device.h"
#include "tensor/base/view.h"

/// Checks of data that nobody waits for. A kernel looks at the values and leaves word of the first one that is wrong;
/// the host reads it where it waits for the device anyway: in the next copy to the host (`item`, `to_vector`, printing,
/// `to(x, Device::cpu())`), which throws. Until then kernels take wrong indices for 0 and wrong targets for a loss of
/// NaN. With the environment variable CADENA_CUDA_BLOCKING=1 every check waits and throws where it stands.
namespace cadena::cuda {

/// Values from `lowest` to `highest - 1`, and `ignored` where there is such a value.
struct Range {
  i64 lowest, highest;
  bool ignores = false;
  i64 ignored = 0;

  CADENA_HOST_DEVICE bool holds(i64 value) const {
    return (value >= lowest && value < highest) || (ignores && value == ignored);
  }
};

/// Leaves word if an element of `index`, i64, is outside `range`: an IndexError "BEFORE value AFTER" of the first one
/// in row-major order. Throws it at once where the range is empty, for then no kernel could go on.
void require_range(const View& index, Range range, std::string_view before, std::string_view after);

/// Throws the IndexError that a kernel has left word of, once; called after waiting for the device.
void throw_findings();

}  // namespace cadena::cuda
