#pragma once

#include <span>
#include <vector>

#include "autograd/engine.h"

namespace cadena {

/// `grad` in a part of a graph: the pass goes no further down than the nodes that made `ends`. So where one of them
/// depends on another, its gradient does not count what flows there through the other; and hooks of these nodes, which
/// wait for the whole gradient, are not called. Throws as `grad`.
std::vector<Variable> grad_up_to(std::span<const Variable> ends, const Variable& y, std::span<const Variable> xs,
                                 const GradOptions& options);

}  // namespace cadena
