#pragma once

#include <span>

#include "autograd/variable.h"

namespace cadena {

/// While one lives, every op that this thread runs looks for NaN in its outputs, and the first op that makes one from
/// inputs without NaN throws GradError with its name, the output, and the shapes and ranges of its inputs. The ops
/// inside derivative rules are watched alike, and so is what a rule returns; the message then opens with the op whose
/// rule it is: "sqrt: its rule: div: output 0 …".
class AnomalyGuard {
 public:
  AnomalyGuard();
  ~AnomalyGuard();
  AnomalyGuard(const AnomalyGuard&) = delete;
  AnomalyGuard& operator=(const AnomalyGuard&) = delete;
};

namespace detail {
extern thread_local int anomaly_guards;

/// Names the op whose rule this thread runs while it lives.
class RuleScope {
 public:
  explicit RuleScope(const char* op);
  ~RuleScope();
  RuleScope(const RuleScope&) = delete;
  RuleScope& operator=(const RuleScope&) = delete;

 private:
  const char* outer_;
};

/// Throws GradError where a rule of `op` made NaN of cotangents without: this is what it returned for input `input`.
void find_anomaly_of_rule(const char* op, std::span<const Variable> cotangents, int input, const Tensor& returned);

void find_anomaly(const char* op, std::span<const Variable* const> inputs, std::span<const Tensor> outputs);

inline void check_for_anomaly(const char* op, std::span<const Variable* const> inputs,
                              std::span<const Tensor> outputs) {
  if (anomaly_guards > 0) find_anomaly(op, inputs, outputs);
}
}  // namespace detail

}  // namespace cadena
