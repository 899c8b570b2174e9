#pragma once

#include <set>
#include <string>

#include "optim/optimizer.h"

namespace cadena {

/// A host value as a tensor of rank zero, f64 or i64, which keeps every bit of it.
Tensor saved(double value);
Tensor saved(i64 value);

/// Takes a saved state apart and notices what is missing, what does not fit and what nobody asked for.
class StateReader {
 public:
  /// `owner` opens every message; `state` must outlive the reader.
  StateReader(const char* owner, const StateDict& state) : owner_(owner), state_(state) {}

  /// The value of this name. Throws ValueError if it is missing, DtypeError unless it is f64 (i64), ShapeError unless
  /// it is one element.
  double number(const std::string& name);
  /// The same for an i64.
  i64 integer(const std::string& name);

  /// A copy of the tensor of this name, on the device of `like`. Throws ValueError if it is missing, ShapeError or
  /// DtypeError unless it has the shape of `like` and this dtype.
  Tensor tensor(const std::string& name, const Tensor& like, Dtype dtype);

  /// The same, undefined if it is missing.
  Tensor optional_tensor(const std::string& name, const Tensor& like, Dtype dtype);

  /// Throws ValueError naming the first entry that nobody asked for.
  void finish() const;

 private:
  const Tensor& find(const std::string& name, const Shape& shape, Dtype dtype);

  const char* owner_;
  const StateDict& state_;
  std::set<std::string> seen_;
};

}  // namespace cadena
