#pragma once

#include <array>

#include "cuda/kernels/recording.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"

namespace cadena {

/// x on `device`.
inline Tensor brought_to(Device device, const Tensor& x) { return to(x, device); }

/// All of them on `device`.
template <std::size_t N>
std::array<Tensor, N> brought_to(Device device, std::array<Tensor, N> x) {
  for (Tensor& each : x) each = to(each, device);
  return x;
}

/// What `f` returns for copies of the operands on the CPU, brought back to their device. Decompositions of matrices go
/// this way: they are long chains of short dependent steps, for which a GPU has no advantage at the sizes of a course.
/// Throws DeviceError naming `op` if the devices differ, Error while a step is recorded (cuda/kernels/recording.h).
template <class F, class... Operands>
auto through_host(const char* op, F f, const Tensor& first, const Operands&... rest) {
  cuda::Recording::refuse(op, "the host computes it, and would wait for the device");
  const Device device = first.device();
  [[maybe_unused]] const auto check = [&](const Tensor& x) {
    if (x.device() != device) fail<DeviceError>(op, ": devices differ: ", device, " and ", x.device());
  };
  (check(rest), ...);
  return brought_to(device, f(to(first, Device::cpu()), to(rest, Device::cpu())...));
}

}  // namespace cadena
