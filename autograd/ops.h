#pragma once

#include <span>
#include <string_view>

#include "autograd/op_entry.h"

namespace cadena {

/// The table of all differentiable ops. Certification, device parity, benchmarks and the op table of the documentation
/// run over it; a test compares it with the op structs in the sources.
std::span<const OpEntry* const> ops();

/// The entry with this name, or null.
const OpEntry* find_op(std::string_view name);

}  // namespace cadena
