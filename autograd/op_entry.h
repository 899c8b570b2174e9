#pragma once

#include <memory>
#include <string>
#include <vector>

#include "autograd/rule.h"

namespace cadena {

/// One op with the host values of one sample, without its type: what certification, parity checks, benchmarks and the
/// op table of the documentation work on.
class OpInstance {
 public:
  virtual ~OpInstance() = default;
  /// Runs and records the op.
  virtual std::vector<Variable> apply(std::span<const Variable> inputs) const = 0;
  /// The VJP rule for one argument.
  virtual Variable vjp(int wrt, const RuleContext& context) const = 0;
  /// The JVP rule for one argument: one tangent per output, undefined for constant outputs.
  virtual std::vector<Variable> jvp(int wrt, const RuleContext& context) const = 0;
  /// Wrong rule number k applied to this sample.
  virtual Variable wrong(int k, const RuleContext& context) const = 0;
};

/// A sample without the type of its op.
struct ErasedSample {
  std::string label;                     ///< its host values, unique within the op
  std::vector<Tensor> inputs;            ///< one for each argument
  std::shared_ptr<const OpInstance> op;  ///< the op with these host values
};

/// What is listed of a wrong rule.
struct ErasedWrongRule {
  std::string what;        ///< the slip in a few words
  bool is_vjp;             ///< imitates the VJP rule, not the JVP rule
  int wrt;                 ///< the argument that it differentiates with respect to
  std::string equivalent;  ///< the proof that it equals the true rule; empty for one that must be refuted
};

/// An op without its type.
struct OpEntry {
  const char* name;                        ///< as in messages
  const char* formula;                     ///< in TeX
  int arity;                               ///< -1 for any number of arguments
  bool fused;                              ///< has a `vjp_all`
  Callable<bool(int)> is_constant;         ///< true for an argument through which nothing is differentiated
  Callable<bool(int)> is_constant_output;  ///< true for such an output
  std::vector<ErasedSample> (*samples)();  ///< its samples, made anew by each call
  std::vector<ErasedWrongRule> wrong;      ///< in the order in which `OpInstance::wrong` counts them
  bool two_byte_types;                     ///< has kernels for f16 and bf16
  double rounding;  ///< bound of the f32/f16/bf16 error in units of the dtype's epsilon, see certify.h
};

/// The entry of an op. The file that defines the op instantiates it, `template const OpEntry& entry_of<Softmax>();`,
/// with the definition in autograd/define_op.h.
template <class Op>
const OpEntry& entry_of();

}  // namespace cadena
