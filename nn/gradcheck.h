#pragma once

#include "autograd/gradcheck.h"
#include "nn/module.h"
#include "tensor/base/callable.h"

namespace cadena::nn {

/// Checks the derivatives of `f()`, which computes with the parameters of `module`, with respect to those that are not
/// frozen, as `cadena::gradcheck` does for inputs: along random directions of all of them at once, forward mode against
/// differences, reverse mode against forward mode, and both again for \f$ \phi(\theta) = \langle J^T u, v \rangle \f$.
/// f must give the same whenever it is called: no dropout, no running statistics that it reads. The parameters are
/// moved for the differences and put back. Throws DtypeError unless they are f64, GradError if f does not depend on
/// them.
///
///     nn::gradcheck(net, [&] { return nn::mse_loss(net(x), y); }).passed()
GradcheckReport gradcheck(const Module& module, const Callable<Variable()>& f, const GradcheckOptions& options = {});

}  // namespace cadena::nn
