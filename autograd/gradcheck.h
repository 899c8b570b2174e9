#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "autograd/variable.h"

namespace cadena {

/// A tensor function of several variables.
using Function = std::function<Variable(std::span<const Variable>)>;

/// Options of `gradcheck`.
struct GradcheckOptions {
  bool second_order = true;
  double step = 1e-3;       ///< h of the central difference
  double tolerance = 1e-7;  ///< of the relative error
  int directions = 2;       ///< random directions that are tried
  std::uint64_t seed = 0;   ///< of directions and cotangents
};

/// What `gradcheck` found: the largest relative errors, and a sentence for each comparison that failed.
struct GradcheckReport {
  double first_order = 0;   ///< of the JVP against differences
  double adjoint = 0;       ///< of \f$ \langle J^T u, v \rangle \f$ against \f$ \langle u, J v \rangle \f$
  double second_order = 0;  ///< of both for the gradient; 0 if not asked for
  int checks = 0;
  std::vector<std::string> failures;

  bool passed() const { return failures.empty(); }
};

/// Checks the derivatives of f at the given f64 inputs along random directions v with random cotangents u: forward mode
/// against the central difference of fourth order,
/// \f$ \partial_v f \approx \frac{8 (f(x + h v) - f(x - h v)) - (f(x + 2 h v) - f(x - 2 h v))}{12 h} \f$, reverse mode
/// against forward mode by \f$ \langle u, J v \rangle = \langle J^T u, v \rangle \f$, and then the same for
/// \f$ \phi(x, u) = \langle J(x)^T u, v \rangle \f$, which is second order. NaN never passes.
/// Throws DtypeError unless all inputs are f64, GradError if f does not depend on its inputs.
/// Source: the random-projection test of HIPS/autograd's test_util, extended by the adjoint identity.
GradcheckReport gradcheck(const Function& f, std::span<const Tensor> inputs, const GradcheckOptions& options = {});
GradcheckReport gradcheck(const Function& f, std::initializer_list<Tensor> inputs,
                          const GradcheckOptions& options = {});

/// A sum of products and the sum of their magnitudes, against which rounding errors are measured.
struct Inner {
  double value = 0;
  double size = 0;

  Inner& operator+=(const Inner& other) {
    value += other.value;
    size += other.size;
    return *this;
  }
};

/// \f$ \langle a, b \rangle = \sum_i a_i b_i \f$ in f64. Throws ShapeError if the shapes differ.
Inner inner(const Tensor& a, const Tensor& b);

/// The same, recorded, as a scalar variable.
Variable inner(const Variable& a, const Variable& b);

/// \f$ |a - b| / (1 + \text{size}) \f$; infinite if NaN.
double relative_error(double a, double b, double size);

/// The central difference of fourth order of f at 0 with step h.
double central_difference(const std::function<double(double)>& f, double h);

}  // namespace cadena
