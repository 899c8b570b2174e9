// Slow memory that counts: the model behind the numbers of chapter 7. What a kernel asks for a second time it is served
// by a cache, or not, as the model says; nothing survives the end of a kernel.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace cadena::tutorials {

//! [memory]
/// Numbers of four bytes in slow memory, which count how often they are moved.
class Counted {
 public:
  explicit Counted(std::vector<double> values) : values_(std::move(values)) {}
  double read(std::size_t i) { return ++moved_, values_[i]; }
  void write(std::size_t i, double value) { ++moved_, values_[i] = value; }
  std::size_t size() const { return values_.size(); }
  double bytes() const { return 4.0 * static_cast<double>(moved_); }

 private:
  std::vector<double> values_;
  std::int64_t moved_ = 0;
};
//! [memory]

/// What kernels touch, each number once for each kernel: memory behind a cache that is large enough for all of it.
class Touched {
 public:
  /// Kernel after kernel: a new one finds the cache empty.
  void end_kernel() { bytes_ += 4.0 * static_cast<double>(touched_.size()), touched_.clear(); }
  /// Reads or writes element i of matrix `name`.
  void touch(char name, std::int64_t i) { touched_.emplace(name, i); }
  double bytes() const { return bytes_; }

 private:
  std::set<std::pair<char, std::int64_t>> touched_;
  double bytes_ = 0;
};

}  // namespace cadena::tutorials
