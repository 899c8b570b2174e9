#include "cuda/kernels/kernel_log.h"

#include <algorithm>
#include <cstring>

#include "cuda/runtime/kernel_name.h"

namespace cadena::cuda {
namespace {

thread_local KernelLog* innermost = nullptr;

/// "map_packed<double, Add, double>" for "cadena::cuda::map_packed<double, cadena::scalar::Add, double>".
std::string without_namespaces(std::string name) {
  for (const char* scope : {"cadena::", "cuda::", "scalar::", "(anonymous namespace)::"}) {
    for (std::size_t at = name.find(scope); at != std::string::npos; at = name.find(scope)) {
      name.erase(at, std::strlen(scope));
    }
  }
  return name;
}

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
  for (const void* kernel : kernels_) names.push_back(without_namespaces(kernel_name(kernel)));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace cadena::cuda
