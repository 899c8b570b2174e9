#pragma once

#include "nn/module.h"
#include "tensor/activation.h"

namespace cadena::nn {

/// An elementwise function as a layer without parameters; the formulas stand with the functions in tensor/activation.h.
class Activation : public Layer {
 public:
  /// `name` must outlive the layer: a literal. Throws ValueError where f is null.
  Activation(const char* name, Variable (*f)(const Variable&));

  Variable forward(const Variable& x) override { return f_(x); }
  std::string description() const override { return name_; }

 private:
  const char* name_;
  Variable (*f_)(const Variable&);
};

/// \f$ \max(x, 0) \f$.
struct ReLU : Activation {
  ReLU();
};

/// \f$ x\, \Phi(x) \f$ with the normal distribution function
struct GELU : Activation {
  /// With \f$ \Phi \f$ itself, or its approximation by tanh.
  explicit GELU(GeluForm form = GeluForm::exact);
};

/// \f$ x\, \sigma(x) \f$
struct SiLU : Activation {
  SiLU();
};

/// \f$ \tanh x \f$
struct Tanh : Activation {
  Tanh();
};

/// \f$ 1 / (1 + e^{-x}) \f$
struct Sigmoid : Activation {
  Sigmoid();
};

/// \f$ \ln(1 + e^x) \f$
struct Softplus : Activation {
  Softplus();
};

/// x where it is positive, a small multiple of x elsewhere
class LeakyReLU : public Layer {
 public:
  /// With this multiple of x where x is negative.
  explicit LeakyReLU(double slope = 0.01) : slope_(slope) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  double slope_;
};

/// x where it is positive, \f$ \alpha (e^x - 1) \f$ elsewhere
class ELU : public Layer {
 public:
  /// With this \f$ \alpha \f$.
  explicit ELU(double alpha = 1) : alpha_(alpha) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  double alpha_;
};

/// Softmax along one axis
class Softmax : public Layer {
 public:
  /// Along this axis; negative ones count from the end.
  explicit Softmax(int axis = -1) : axis_(axis) {}
  Variable forward(const Variable& x) override;
  std::string description() const override;

 private:
  int axis_;
};

}  // namespace cadena::nn
