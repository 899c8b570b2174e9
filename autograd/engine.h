#pragma once

#include <span>
#include <vector>

#include "autograd/variable.h"

namespace cadena {

/// Options of `grad`.
struct GradOptions {
  Variable cotangent = {};      ///< u of the shape of y; ones for a scalar y if left out
  bool differentiable = false;  ///< record the pass itself, so that the gradients can be differentiated again
};

/// \f$ \partial \langle u, y \rangle / \partial x_i \f$ for each x in `xs`: dense tensors of the dtypes of xs that
/// share no storage, zeros where y does not depend on x. The graph stays; nothing is accumulated anywhere. Throws
/// ShapeError if y is no scalar and no cotangent is given, or its shape differs from y's; DeviceError if it is on
/// another device; GradError if an x is a constant, the graph was consumed, or a saved value was overwritten since.
std::vector<Variable> grad(const Variable& y, std::span<const Variable> xs, const GradOptions& options = {});
std::vector<Variable> grad(const Variable& y, std::initializer_list<Variable> xs, const GradOptions& options = {});

/// The gradient with respect to one variable.
Variable grad(const Variable& y, const Variable& x, const GradOptions& options = {});

/// \f$ \sum_i (\partial y_j / \partial x_i)\, v_i \f$ for each y in `ys`, pushed forward through the graph from the xs
/// to the ys; paths that do not start at an x count as constant, and one that leads through another x ends there.
/// Undefined where y does not depend on any x. Throws ShapeError or DeviceError if a tangent does not fit its x,
/// GradError as `grad` does.
std::vector<Variable> push_forward(std::span<const Variable> ys, std::span<const Variable> xs,
                                   std::span<const Variable> tangents, bool differentiable = false);

/// Adds \f$ \partial \langle u, y \rangle / \partial \theta \f$ to the gradient of every leaf below y, freeing saved
/// tensors on the way unless `retain`. This is what `Variable::backward` calls.
void accumulate_gradients(const Variable& y, const Variable& cotangent, bool retain);

/// All nodes that y was computed from, each after the nodes it reads, without recursion. For drawing and counting.
std::vector<Node*> topological_order(std::span<const Variable> ys);

}  // namespace cadena
