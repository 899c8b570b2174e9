#pragma once

#include <cstddef>

namespace cadena {

/// Bytes of tensor storage that this thread has asked for since it began, whether freed since or not: the difference of
/// two readings is what the code between them allocated.
std::size_t allocated_bytes();

}  // namespace cadena
