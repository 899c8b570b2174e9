#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Hears of the values that `Variable::set_value` replaces, on any thread, while it lives.
class ReplacedValues {
 public:
  /// Has `hear` called with each variable before its value is replaced.
  explicit ReplacedValues(Callable<void(const Variable&)> hear);
  ~ReplacedValues();
  ReplacedValues(const ReplacedValues&) = delete;
  ReplacedValues& operator=(const ReplacedValues&) = delete;

  /// Called before the value of `variable` is replaced.
  static void note(const Variable& variable);

 private:
  Callable<void(const Variable&)> hear_;
};

}  // namespace cadena
