#pragma once

#include <span>

#include "autograd/variable.h"

namespace cadena {

/// While one lives, every op that this thread runs looks for NaN in its outputs, and the first op that makes one from
/// inputs without NaN throws GradError with its name, the output, and the shapes and ranges of its inputs. Forward ops
/// and the ops inside derivative rules are watched alike.
class AnomalyGuard {
 public:
  AnomalyGuard();
  ~AnomalyGuard();
  AnomalyGuard(const AnomalyGuard&) = delete;
  AnomalyGuard& operator=(const AnomalyGuard&) = delete;
};

namespace detail {
extern thread_local int anomaly_guards;
void find_anomaly(const char* op, std::span<const Variable* const> inputs, std::span<const Tensor> outputs);

inline void check_for_anomaly(const char* op, std::span<const Variable* const> inputs,
                              std::span<const Tensor> outputs) {
  if (anomaly_guards > 0) find_anomaly(op, inputs, outputs);
}
}  // namespace detail

}  // namespace cadena
