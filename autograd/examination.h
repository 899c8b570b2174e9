#pragma once

#include <span>
#include <string>
#include <vector>

#include "autograd/gradcheck.h"
#include "autograd/op_entry.h"
#include "tensor/random.h"

namespace cadena {

/// Behind which strides the values of a sample lie while it is examined.
enum class Layout { contiguous, strided, reversed };

/// The values of x in memory of the given layout: every second element of a buffer whose gaps are NaN, or column-major
/// and backwards along every axis.
Tensor laid_out(const Tensor& x, Layout layout);

/// One sample of an op under certification: its inputs in some layout on some device, its outputs, a random tangent for
/// every differentiable argument and a random cotangent for every differentiable output.
class Examination {
 public:
  /// Runs the op. Throws ValueError if the sample does not have one input for every argument, DtypeError for an input
  /// that is differentiated and not f64, GradError if `forward` overwrites an input.
  Examination(const OpEntry& op, const ErasedSample& sample, Layout layout, Generator& generator,
              Device device = Device::cpu());

  /// The differentiable arguments.
  const std::vector<int>& active() const { return active_; }
  /// "softmax(axis=1), strided inputs"
  const std::string& where() const { return where_; }

  /// True if argument i and some differentiable output have elements, so that there is a derivative to check.
  bool has_elements(int i) const;

  /// The magnitude of what is added up in checks of argument i, against which rounding errors are measured:
  /// \f$ \sum_k \sum |u_k y_k| + \sum |x_i J_i^T u| \f$.
  double scale(int i) const;

  /// \f$ \langle u, y(x + t v_i) \rangle \f$ with only argument i moved.
  Inner moved(int i, double t) const;

  /// \f$ \langle u, J_i v_i \rangle \f$ by the JVP rule; with wrong rule number `wrong` for the tangent of the first
  /// differentiable output.
  Inner pushed(int i, int wrong = -1) const;

  /// \f$ \langle J_i^T u, v_i \rangle \f$ by the VJP rule, or by wrong rule number `wrong`.
  Inner pulled(int i, int wrong = -1) const;

  /// \f$ J_i^T u \f$ by the VJP rule.
  Tensor cotangent(int i) const;
  /// The same for every differentiable argument.
  std::vector<Tensor> cotangents() const;

  /// The recorded op as a function of its active arguments: \f$ \sum_k \langle u_k, y_k \rangle \f$.
  Function as_function() const;
  /// The values of the differentiable arguments: where `as_function` is examined.
  std::vector<Tensor> active_inputs() const;

  /// The gradients of the differentiable arguments by the engine, which takes the outputs one by one and hands on each
  /// cotangent, changed by `change`, as it lies in memory; added up over the outputs.
  std::vector<Tensor> gradients_by_output(Tensor (*change)(const Tensor&)) const;

  /// Outputs for inputs rounded to `rounded` and computed in `computed`.
  std::vector<Tensor> outputs(Dtype rounded, Dtype computed) const;
  /// \f$ \partial \sum_k \langle u_k, y_k \rangle / \partial x_i \f$ for each i in `wanted` by the engine, for inputs
  /// and cotangents rounded and computed in the same way; `differentiable` leaves fused rules aside.
  std::vector<Tensor> gradients(std::span<const int> wanted, Dtype rounded, Dtype computed,
                                bool differentiable = false) const;
  /// The tangents of the differentiable outputs along those of all arguments, likewise; undefined where zero.
  std::vector<Tensor> tangents(Dtype rounded, Dtype computed) const;

 private:
  RuleContext context() const { return {values_, results_, metas_, result_metas_, cotangents_, {}}; }
  Inner against_cotangents(const std::vector<Variable>& ys) const;
  void check_fits(const char* rule, int i, const Variable& found, const Meta& expected) const;
  Variable weighted(const std::vector<Variable>& ys, Dtype rounded, Dtype computed) const;
  std::vector<Variable> rounded_inputs(std::span<const int> wanted, Dtype rounded, Dtype computed,
                                       std::vector<Variable>& leaves) const;

  const OpInstance& op_;
  std::string where_;
  std::vector<int> active_;
  std::vector<Variable> values_, tangents_, results_, cotangents_;  // undefined where not differentiable
  std::vector<Meta> metas_, result_metas_;
};

}  // namespace cadena
