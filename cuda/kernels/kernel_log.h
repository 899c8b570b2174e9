#pragma once

#include <string>
#include <vector>

namespace cadena::cuda {

/// While it lives, remembers which kernels this thread launches; the innermost of several takes them all.
class KernelLog {
 public:
  KernelLog();
  ~KernelLog();
  KernelLog(const KernelLog&) = delete;
  KernelLog& operator=(const KernelLog&) = delete;

  /// Their names, sorted, each once: "softmax_rows<float>".
  std::vector<std::string> names() const;

  /// Called at each launch.
  static void record(const void* kernel);

 private:
  std::vector<const void*> kernels_;  // sorted
  KernelLog* outer_;
};

}  // namespace cadena::cuda
