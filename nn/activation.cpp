#include "nn/activation.h"

#include "autograd/activation.h"
#include "autograd/softmax.h"
#include "autograd/trigonometric.h"
#include "tensor/base/error.h"

namespace cadena::nn {

Activation::Activation(const char* name, Variable (*f)(const Variable&)) : name_(name), f_(f) {
  if (f == nullptr) fail<ValueError>("Activation: ", name, " has no function");
}

ReLU::ReLU() : Activation("ReLU", [](const Variable& x) { return relu(x); }) {}

GELU::GELU(GeluForm form)
    : Activation(
          form == GeluForm::exact ? "GELU" : "GELU(tanh)",
          form == GeluForm::exact ? +[](const Variable& x) { return gelu(x, GeluForm::exact); }
                                  : +[](const Variable& x) { return gelu(x, GeluForm::tanh); }) {}

SiLU::SiLU() : Activation("SiLU", [](const Variable& x) { return silu(x); }) {}
Tanh::Tanh() : Activation("Tanh", [](const Variable& x) { return tanh(x); }) {}
Sigmoid::Sigmoid() : Activation("Sigmoid", [](const Variable& x) { return sigmoid(x); }) {}
Softplus::Softplus() : Activation("Softplus", [](const Variable& x) { return softplus(x); }) {}

Variable LeakyReLU::forward(const Variable& x) { return leaky_relu(x, slope_); }
std::string LeakyReLU::description() const { return concat("LeakyReLU(", slope_, ")"); }

Variable ELU::forward(const Variable& x) { return elu(x, alpha_); }
std::string ELU::description() const { return concat("ELU(", alpha_, ")"); }

Variable Softmax::forward(const Variable& x) { return softmax(x, axis_); }
std::string Softmax::description() const { return concat("Softmax(axis ", axis_, ")"); }

}  // namespace cadena::nn
