#pragma once

#include <span>
#include <string>
#include <vector>

#include "autograd/variable.h"
#include "tensor/base/callable.h"

namespace cadena {

/// A tensor function of several variables.
using Function = Callable<Variable(std::span<const Variable>)>;

/// Options of `gradcheck`.
struct GradcheckOptions {
  bool second_order = true;  ///< check the derivatives of the gradient too
  double step = 1e-3;        ///< h of the central difference
  double tolerance = 1e-7;   ///< of the relative error
  int directions = 2;        ///< random directions that are tried
  std::uint64_t seed = 0;    ///< of directions and cotangents
};

/// What `gradcheck` found: the largest relative errors beyond rounding (0 where rounding explains them all), and a
/// sentence for each comparison that failed.
struct GradcheckReport {
  double first_order = 0;             ///< of the JVP against differences
  double adjoint = 0;                 ///< of \f$ \langle J^T u, v \rangle \f$ against \f$ \langle u, J v \rangle \f$
  double second_order = 0;            ///< of both for the gradient; 0 if not asked for
  int checks = 0;                     ///< comparisons of derivatives that have at least one element
  std::vector<std::string> failures;  ///< one sentence each: what was compared, and both numbers

  /// True if nothing failed and something was compared.
  bool passed() const { return checks > 0 && failures.empty(); }
};

/// Checks the derivatives of f at the given f64 inputs along random directions v with random cotangents u: forward mode
/// against the central difference of fourth order,
/// \f$ \partial_v f \approx \frac{8 (f(x + h v) - f(x - h v)) - (f(x + 2 h v) - f(x - 2 h v))}{12 h} \f$, reverse mode
/// against forward mode by \f$ \langle u, J v \rangle = \langle J^T u, v \rangle \f$, and then the same for
/// \f$ \phi(x, u) = \langle J(x)^T u, v \rangle \f$, which is second order. Errors are relative to the terms of the
/// products, however small they are; what rounding can explain does not count. NaN never passes, and neither do inputs
/// or a result without elements. Throws DtypeError unless all inputs are f64, GradError if f does not depend on its
/// inputs, ValueError unless there is a direction and the step is positive.
/// Source: the random-projection test of HIPS/autograd's test_util, extended by the adjoint identity.
GradcheckReport gradcheck(const Function& f, std::span<const Tensor> inputs, const GradcheckOptions& options = {});
GradcheckReport gradcheck(const Function& f, std::initializer_list<Tensor> inputs,
                          const GradcheckOptions& options = {});

/// A sum of products and the sum of their magnitudes, against which rounding errors are measured.
struct Inner {
  double value = 0;  ///< \f$ \sum_i a_i b_i \f$
  double size = 0;   ///< \f$ \sum_i |a_i b_i| \f$

  /// Adds the sum and the magnitudes of another product to these.
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

/// \f$ \max(0, |a - b| - \text{noise}) / \text{size} \f$, for two results whose terms have magnitudes that add up to
/// `size` and whose rounding errors may reach `noise`; infinite if NaN.
double relative_error(double a, double b, double size, double noise);

/// \f$ \sum_i |a_i b_i| \f$ over the finite terms: the scale of rounding errors.
double magnitude(const Tensor& a, const Tensor& b);

/// How far rounding may move a sum whose terms, and the terms that they were computed from, add up to `size`:
/// \f$ 2^{-47} \text{size} \f$.
double rounding_noise(double size);

/// What to add to the sentence about a difference that is NaN where the derivative is not; empty for others.
std::string domain_hint(double difference, double derivative, double step);

/// Throws ValueError unless there is at least one direction and the step is positive.
void check_options(const GradcheckOptions& options);

/// The central difference of fourth order of f at 0 with step h.
double central_difference(const Callable<double(double)>& f, double h);

}  // namespace cadena
