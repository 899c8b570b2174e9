#include "cuda/kernels/kernel_log.h"

#include <algorithm>

#include "cuda/runtime/kernel_name.h"

namespace cadena::cuda {
namespace {

thread_local KernelLog* innermost = nullptr;

}  // namespace

KernelLog::KernelLog() : outer_(innermost) { innermost = this; }
KernelLog::~KernelLog() { innermost = outer_; }

void KernelLog::record(const void* kernel) {
  if (!innermost) return;
  auto& kernels = innermost->kernels_;
  const auto at = std::lower_bound(kernels.begin(), kernels.end(), kernel);
  if (at == kernels.end() || *at != kernel) kernels.insert(at, kernel);
}

std::vector<std::string> KernelLog::names() const {
  std::vector<std::string> names;
  for (const void* kernel : kernels_) names.push_back(kernel_name(kernel));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace cadena::cuda
