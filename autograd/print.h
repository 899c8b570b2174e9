#pragma once

#include <iosfwd>
#include <string>

#include "autograd/variable.h"
#include "tensor/print.h"

namespace cadena {

/// The value as `to_string` of a tensor shows it, and where it comes from: `tensor([1., 2.], f32, cpu, parameter)`,
/// `tensor(3., f32, cpu, by sum)`; a constant looks like its tensor.
std::string to_string(const Variable& x, const PrintOptions& options = {});

/// Writes `to_string(x)`.
std::ostream& operator<<(std::ostream& stream, const Variable& x);

}  // namespace cadena
