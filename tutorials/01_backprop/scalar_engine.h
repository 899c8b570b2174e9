// A scalar engine: numbers that record how they were computed, and one loop each for reverse and forward mode.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace cadena::tutorials {

//! [tape]
/// What one operation leaves behind: its inputs, and its partial derivative with respect to each of them.
struct Record {
  std::size_t inputs = 0;              // how many
  std::array<std::size_t, 2> input{};  // their places on the tape
  std::array<double, 2> derivative{};
};

/// All operations in the order in which they ran, so that inputs stand before what was computed from them.
class Tape {
 public:
  std::size_t size() const { return records_.size(); }

  /// Adds a record; returns its place.
  std::size_t add(const Record& record) {
    records_.push_back(record);
    return size() - 1;
  }

  /// Reverse mode: the derivatives of the number at place `y` with respect to every number before it. One pass.
  std::vector<double> reverse(std::size_t y) const {
    std::vector<double> cotangent(size(), 0.0);
    cotangent.at(y) = 1;
    for (std::size_t i = y + 1; i-- > 0;) {
      for (std::size_t k = 0; k < records_[i].inputs; ++k)
        cotangent[records_[i].input[k]] += cotangent[i] * records_[i].derivative[k];
    }
    return cotangent;
  }

  /// Forward mode: the derivatives of every number with respect to the one at place `x`. One pass.
  std::vector<double> forward(std::size_t x) const {
    std::vector<double> tangent(size(), 0.0);
    tangent.at(x) = 1;
    for (std::size_t i = x + 1; i < size(); ++i) {
      for (std::size_t k = 0; k < records_[i].inputs; ++k)
        tangent[i] += records_[i].derivative[k] * tangent[records_[i].input[k]];
    }
    return tangent;
  }

 private:
  std::vector<Record> records_;
};
//! [tape]

//! [scalar]
/// A number on a tape. Numbers of different tapes must not meet: std::logic_error.
class Scalar {
 public:
  /// A variable: a number that was not computed.
  Scalar(Tape& tape, double value) : tape_(&tape), place_(tape.add({})), value_(value) {}

  double value() const { return value_; }
  std::size_t place() const { return place_; }

  /// f(a), given its value and derivative.
  friend Scalar apply(const Scalar& a, double value, double derivative) {
    return {*a.tape_, value, Record{1, {a.place_, 0}, {derivative, 0}}};
  }
  /// f(a, b), given its value and partial derivatives.
  friend Scalar apply(const Scalar& a, const Scalar& b, double value, double by_a, double by_b) {
    if (a.tape_ != b.tape_) throw std::logic_error("scalars of two tapes meet");
    return {*a.tape_, value, Record{2, {a.place_, b.place_}, {by_a, by_b}}};
  }

 private:
  Scalar(Tape& tape, double value, const Record& record) : tape_(&tape), place_(tape.add(record)), value_(value) {}

  Tape* tape_;
  std::size_t place_;
  double value_;
};

inline Scalar operator+(const Scalar& a, const Scalar& b) { return apply(a, b, a.value() + b.value(), 1, 1); }
inline Scalar operator-(const Scalar& a, const Scalar& b) { return apply(a, b, a.value() - b.value(), 1, -1); }
inline Scalar operator*(const Scalar& a, const Scalar& b) {
  return apply(a, b, a.value() * b.value(), b.value(), a.value());
}
inline Scalar operator/(const Scalar& a, const Scalar& b) {
  const double y = a.value() / b.value();
  return apply(a, b, y, 1 / b.value(), -y / b.value());
}
inline Scalar operator+(const Scalar& a, double b) { return apply(a, a.value() + b, 1); }
inline Scalar operator*(double a, const Scalar& b) { return apply(b, a * b.value(), a); }
inline Scalar operator-(const Scalar& a) { return apply(a, -a.value(), -1); }
inline Scalar exp(const Scalar& a) { return apply(a, std::exp(a.value()), std::exp(a.value())); }
inline Scalar log(const Scalar& a) { return apply(a, std::log(a.value()), 1 / a.value()); }
inline Scalar tanh(const Scalar& a) {
  const double y = std::tanh(a.value());
  return apply(a, y, 1 - y * y);
}
/// ln(1 + e^a), without overflow.
inline Scalar softplus(const Scalar& a) {
  const double x = a.value();
  return apply(a, std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))), 1 / (1 + std::exp(-x)));
}
//! [scalar]

}  // namespace cadena::tutorials
