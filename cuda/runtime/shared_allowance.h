#pragma once

#include <cstddef>
#include <map>
#include <utility>

namespace cadena::cuda {

/// How much dynamic shared memory the runtime has been asked for, for each kernel on each device: what it is allowed on
/// one device, it still has to be allowed on another.
class SharedAllowance {
 public:
  /// True if `kernel` may have so much on `device`.
  bool covers(int device, const void* kernel, std::size_t bytes) const {
    const auto found = allowed_.find({device, kernel});
    return found != allowed_.end() && bytes <= found->second;
  }
  /// Notes that it may.
  void set(int device, const void* kernel, std::size_t bytes) { allowed_[{device, kernel}] = bytes; }
  /// Forgets everything, as a reset of the device does.
  void clear() { allowed_.clear(); }

 private:
  std::map<std::pair<int, const void*>, std::size_t> allowed_;
};

}  // namespace cadena::cuda
