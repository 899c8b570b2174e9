#pragma once

#include <cstdint>
#include <string>

namespace cadena {

/// Where a tensor's values live: the CPU (the default), or CUDA device `index`.
struct Device {
  /// The kinds of device.
  enum class Kind : std::uint8_t { cpu, cuda };

  Kind kind = Kind::cpu;  ///< CPU or CUDA
  int index = 0;          ///< which CUDA device; 0 for the CPU

  /// The host.
  static constexpr Device cpu() { return {}; }
  /// CUDA device `index`; whether there is one shows when memory is asked of it.
  static constexpr Device cuda(int index = 0) { return {Kind::cuda, index}; }

  /// True for the host.
  constexpr bool is_cpu() const { return kind == Kind::cpu; }
  /// True for a CUDA device, emulated or not.
  constexpr bool is_cuda() const { return kind == Kind::cuda; }
  /// Equal in kind and index.
  friend constexpr bool operator==(Device, Device) = default;
};

/// "cpu" or "cuda:0".
std::string to_string(Device device);

}  // namespace cadena
