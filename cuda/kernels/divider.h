#pragma once

#include <cstdint>

#include "tensor/base/dtype.h"
#include "tensor/base/host_device.h"

namespace cadena::cuda {

/// Division of numbers below 2^31 by a number that is fixed for a launch: a multiplication and a shift instead of some
/// twenty instructions. Granlund and Montgomery, "Division by invariant integers using multiplication", PLDI 1994.
class Divider {
 public:
  /// `divisor` is at least 1 and below 2^31.
  explicit Divider(i64 divisor) : divisor_(static_cast<unsigned>(divisor)) {
    while ((std::uint64_t{1} << shift_) < divisor_) ++shift_;
    const std::uint64_t excess = (std::uint64_t{1} << shift_) - divisor_;
    multiplier_ = static_cast<unsigned>((excess << 32) / divisor_ + 1);
  }

  /// n / divisor for n below 2^31.
  CADENA_HOST_DEVICE unsigned quotient(unsigned n) const {
    const auto high = static_cast<unsigned>((std::uint64_t{n} * multiplier_) >> 32);
    return (high + n) >> shift_;
  }

  CADENA_HOST_DEVICE unsigned divisor() const { return divisor_; }

 private:
  unsigned divisor_;
  unsigned multiplier_ = 0;
  unsigned shift_ = 0;
};

}  // namespace cadena::cuda
