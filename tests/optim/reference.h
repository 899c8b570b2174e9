#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "autograd/variable.h"
#include "tensor/factories.h"

namespace cadena {

/// The numbers that tests/reference/make_optim.py got from PyTorch 1.13, f64. Tests run in the root of the repository.
inline const nlohmann::json& optim_reference() {
  static const nlohmann::json reference = [] {
    std::ifstream file("tests/reference/optim.json");
    if (!file) throw std::runtime_error("tests/reference/optim.json: cannot be read");
    return nlohmann::json::parse(file);
  }();
  return reference;
}

using Numbers = std::vector<double>;

inline Tensor values(const Numbers& numbers, const Shape& shape, Dtype dtype = Dtype::f64) {
  return from_values(numbers, shape, dtype);
}

/// The two parameters that every trajectory starts from: (2, 2) and (1,).
inline std::vector<Variable> start_parameters(Dtype dtype = Dtype::f64) {
  const auto& start = optim_reference()["start"];
  return {parameter(values(start[0], {2, 2}, dtype)), parameter(values(start[1], {1}, dtype))};
}

/// Their gradients in step t = 1, 2 …; the second parameter has none where t mod 7 = 3.
inline std::vector<Variable> gradients_of_step(int t, Dtype dtype = Dtype::f64) {
  const Numbers row = optim_reference()["gradients"][static_cast<std::size_t>(t - 1)];
  std::vector<Variable> gradients{Variable(values({row.begin(), row.begin() + 4}, {2, 2}, dtype)), Variable()};
  if (t % 7 != 3) gradients[1] = Variable(values({row[4]}, {1}, dtype));
  return gradients;
}

/// All elements of all variables in order.
inline Numbers flat(const std::vector<Variable>& variables) {
  Numbers all;
  for (const Variable& x : variables) {
    const Numbers part = x.value().to_vector();
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// \f$ \max_i |a_i - b_i| / \max(1, |b_i|) \f$; infinite where the lengths differ or a number is NaN.
inline double largest_error(const Numbers& a, const Numbers& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double error = std::abs(a[i] - b[i]) / std::max(1.0, std::abs(b[i]));
    if (!(error <= largest)) largest = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
  }
  return largest;
}

}  // namespace cadena
