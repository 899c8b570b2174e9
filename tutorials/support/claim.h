// What a test of a chapter proves, written down where the page can read it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace cadena::tutorials {

/// The claim of one numbered equation: that two sides are equal, or that one bounds the other. It fails its test unless
/// something was proved and at least one wrong variant was refuted, and leaves in the test's record ("equation",
/// "error", "tolerance", "slack", "rejected") what the page shows beneath the equation.
///
/// Errors are relative, \f$ \max_i |a_i - b_i| / (1 + |b_i|) \f$; NaN is an error without bound.
class Claim {
 public:
  /// The claim of the equation with this number, "1.3".
  explicit Claim(std::string equation);
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim();

  /// Both sides agree within `tolerance`. Of several calls the largest error and the largest tolerance are shown.
  void identity(const Tensor& computed, const Tensor& expected, double tolerance);
  void identity(double computed, double expected, double tolerance);

  /// A wrong derivation, `name`, gives `wrong` where `right` is right (or the reverse). It is refuted if the two differ
  /// by 1000 tolerances and more; nearer ones could be taken for each other. Call it after `identity`.
  void rejects(const std::string& name, const Tensor& wrong, const Tensor& right);
  void rejects(const std::string& name, double wrong, double right);

  /// left <= right, up to rounding. Of several calls the least slack, (right - left) / (1 + |right|), is shown.
  void bound(double left, double right);

  /// A wrong bound, `name`, claims left <= right. It is refuted if left is larger, by more than rounding.
  void rejects_bound(const std::string& name, double left, double right);

 private:
  void prove(double error, double tolerance);
  void reject(const std::string& name, double distance);

  std::string equation_;
  double error_ = -1, tolerance_ = 0;  // of identities; below 0: there was none
  double slack_ = 0;
  bool bounded_ = false;
  std::vector<std::string> rejected_;  // "name=distance"
};

}  // namespace cadena::tutorials
