#include "tutorials/support/claim.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/core.h>

namespace cadena::tutorials {
namespace {

constexpr double kRounding = 1e-12;  // by which a bound that is attained may seem to be broken
constexpr double kNoBound = std::numeric_limits<double>::infinity();

double relative_error(double a, double b) {
  const double error = std::abs(a - b) / (1 + std::abs(b));
  return std::isnan(error) ? kNoBound : error;
}

double relative_error(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) {
    ADD_FAILURE() << "the two sides have different shapes";
    return kNoBound;
  }
  if (a.numel() == 0) {
    ADD_FAILURE() << "the two sides are empty: nothing is compared";
    return kNoBound;
  }
  const std::vector<double> left = a.to_vector(), right = b.to_vector();
  double largest = 0;
  for (std::size_t i = 0; i < left.size(); ++i) largest = std::max(largest, relative_error(left[i], right[i]));
  return largest;
}

}  // namespace

Claim::Claim(std::string equation) : equation_(std::move(equation)) {
  testing::Test::RecordProperty("equation", equation_);
}

Claim::~Claim() {
  if (error_ < 0 && !bounded_) ADD_FAILURE() << "equation " << equation_ << ": nothing was proved";
  if (rejected_.empty()) ADD_FAILURE() << "equation " << equation_ << ": no wrong variant was refuted";
  if (error_ >= 0) {
    testing::Test::RecordProperty("error", fmt::format("{:.1e}", error_));
    testing::Test::RecordProperty("tolerance", fmt::format("{:.0e}", tolerance_));
  }
  if (bounded_) testing::Test::RecordProperty("slack", fmt::format("{:.1e}", slack_));
  std::string all;
  for (const std::string& variant : rejected_) all += (all.empty() ? "" : ";") + variant;
  testing::Test::RecordProperty("rejected", all);
}

void Claim::identity(const Tensor& computed, const Tensor& expected, double tolerance) {
  prove(relative_error(computed, expected), tolerance);
}

void Claim::identity(double computed, double expected, double tolerance) {
  prove(relative_error(computed, expected), tolerance);
}

void Claim::prove(double error, double tolerance) {
  EXPECT_GT(tolerance, 0) << "equation " << equation_;
  EXPECT_LE(error, tolerance) << "equation " << equation_ << " does not hold";
  error_ = std::max(error_, error);
  tolerance_ = std::max(tolerance_, tolerance);
}

void Claim::rejects(const std::string& name, const Tensor& wrong, const Tensor& right) {
  reject(name, relative_error(wrong, right));
}

void Claim::rejects(const std::string& name, double wrong, double right) { reject(name, relative_error(wrong, right)); }

void Claim::reject(const std::string& name, double distance) {
  EXPECT_GE(error_, 0) << "equation " << equation_ << ": '" << name << "' was refuted before anything was proved";
  EXPECT_GE(distance, 1000 * tolerance_) << "equation " << equation_ << ": the test cannot tell '" << name
                                         << "' from what is right";
  EXPECT_LT(distance, kNoBound) << "equation " << equation_ << ": '" << name << "' gives NaN or no bound";
  rejected_.push_back(fmt::format("{}={:.2g}", name, distance));
}

void Claim::bound(double left, double right) {
  const double slack = (right - left) / (1 + std::abs(right));
  EXPECT_GE(slack, -kRounding) << "equation " << equation_ << ": " << left << " is not below " << right;
  slack_ = bounded_ ? std::min(slack_, slack) : slack;
  bounded_ = true;
}

void Claim::rejects_bound(const std::string& name, double left, double right) {
  const double excess = (left - right) / (1 + std::abs(right));
  EXPECT_TRUE(bounded_) << "equation " << equation_ << ": '" << name << "' was refuted before anything was proved";
  EXPECT_GT(excess, 1000 * kRounding) << "equation " << equation_ << ": '" << name << "' holds, " << left
                                      << " <= " << right;
  rejected_.push_back(fmt::format("{}={:.2g}", name, excess));
}

}  // namespace cadena::tutorials
