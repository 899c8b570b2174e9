#pragma once

#include <span>
#include <utility>
#include <vector>

#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "tensor/base/callable.h"

namespace cadena {

/// Options of the transforms: with `differentiable` their results can be differentiated again, also with respect to
/// variables that f reads besides its arguments.
struct TransformOptions {
  bool differentiable = false;  ///< record the pass itself
};

/// The value of a function and one product with its Jacobian.
struct ValueAndProduct {
  Variable value;    ///< f(x)
  Variable product;  ///< J v
};

/// f(x) and \f$ J(x)\, v \f$ in forward mode: one pass for all outputs. Throws ShapeError unless the tangents have the
/// shapes of the inputs.
ValueAndProduct jvp(const Function& f, std::span<const Variable> x, std::span<const Variable> v,
                    const TransformOptions& options = {});
ValueAndProduct jvp(const Function& f, std::initializer_list<Variable> x, std::initializer_list<Variable> v,
                    const TransformOptions& options = {});

/// f(x) and the products \f$ J_i(x)^T u \f$ for each input, in reverse mode. Throws ShapeError unless u has the shape
/// of f(x).
std::pair<Variable, std::vector<Variable>> vjp(const Function& f, std::span<const Variable> x, const Variable& u,
                                               const TransformOptions& options = {});
std::pair<Variable, std::vector<Variable>> vjp(const Function& f, std::initializer_list<Variable> x, const Variable& u,
                                               const TransformOptions& options = {});

/// \f$ H(x)\, v \f$ for a scalar f of one variable, forward over reverse: the cost of a few gradients, no matrix.
/// Pearlmutter, "Fast exact multiplication by the Hessian", 1994.
Variable hvp(const Callable<Variable(const Variable&)>& f, const Variable& x, const Variable& v,
             const TransformOptions& options = {});

/// \f$ \partial y_j / \partial x_i \f$ of shape (shape of y…, shape of x…), row by row in reverse mode or column by
/// column in forward mode, whichever takes fewer passes.
Variable jacobian(const Callable<Variable(const Variable&)>& f, const Variable& x,
                  const TransformOptions& options = {});

/// \f$ \partial^2 f / \partial x_i \partial x_j \f$ of a scalar f, of shape (shape of x…, shape of x…).
Variable hessian(const Callable<Variable(const Variable&)>& f, const Variable& x, const TransformOptions& options = {});

/// f(inputs), recorded as a single node that keeps only inputs and result: what f computes in between is thrown away
/// and computed again in the backward pass. `params` lists the parameters that f reads besides its inputs; gradients
/// flow to both. What f changes by `Variable::set_value` (the random state of dropout, running statistics) is put back
/// while it runs again, so it draws the same numbers and moves nothing twice; otherwise f must be deterministic. Throws
/// GradError if f reads a parameter that is not listed, and in the backward pass if it gives another result than
/// before. Chen, Xu, Zhang & Guestrin, "Training deep nets with sublinear memory cost", 2016.
Variable checkpoint(const Function& f, std::span<const Variable> inputs, std::span<const Variable> params = {});
Variable checkpoint(const Function& f, std::initializer_list<Variable> inputs,
                    std::initializer_list<Variable> params = {});
Variable checkpoint(const Function& f, std::initializer_list<Variable> inputs, std::span<const Variable> params);

/// x as the output of a node of its own, with x's value: a cut at which a pass over a function of it can stop.
Variable identity(const Variable& x);

}  // namespace cadena
