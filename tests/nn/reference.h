#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/variable.h"
#include "nn/loss.h"
#include "nn/module.h"

/// The numbers that tests/reference/make_nn.py got from PyTorch 2.15, f64. Tests run in the root of the repository.
namespace cadena::support {

using Run = std::function<std::vector<Variable>(const std::vector<Variable>& inputs)>;

/// The module in f64 with the state of the case `name` gives its outputs and its gradients with respect to inputs and
/// parameters, and then has its "state_after", if there is one. Every parameter must be in the state of the case.
void expect_pytorch(const std::string& name, nn::Module& module, const Run& run, double tolerance = 1e-12);

/// The same for a layer of one input.
void expect_pytorch(const std::string& name, nn::Layer& layer, double tolerance = 1e-12);

using LossRun = std::function<Variable(const std::vector<Variable>& inputs, const std::vector<Tensor>& constants,
                                       nn::Reduction reduction)>;

/// The loss gives the values and gradients of the case `name` for each reduction.
void expect_pytorch_loss(const std::string& name, const LossRun& run, double tolerance = 1e-12);

}  // namespace cadena::support
