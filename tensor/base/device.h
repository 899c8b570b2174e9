#pragma once

#include <cstdint>
#include <string>

namespace cadena {

/// Where a tensor's values live: the CPU (the default), or CUDA device `index`.
struct Device {
  enum class Kind : std::uint8_t { cpu, cuda };

  Kind kind = Kind::cpu;
  std::int8_t index = 0;

  static constexpr Device cpu() { return {}; }
  static constexpr Device cuda(int index = 0) { return {Kind::cuda, static_cast<std::int8_t>(index)}; }

  constexpr bool is_cpu() const { return kind == Kind::cpu; }
  constexpr bool is_cuda() const { return kind == Kind::cuda; }
  friend constexpr bool operator==(Device, Device) = default;
};

/// "cpu" or "cuda:0".
std::string to_string(Device device);

}  // namespace cadena
