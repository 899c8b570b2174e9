#pragma once

#include <cstdint>

#include "tensor/base/view.h"

namespace cadena::cpu {

/// y[i] uniform on [low, high); y is row-major.
void uniform(const View& y, std::uint64_t seed, std::uint64_t stream, double low, double high);

/// y[i] normal; y is row-major.
void normal(const View& y, std::uint64_t seed, std::uint64_t stream, double mean, double deviation);

}  // namespace cadena::cpu
