#include "cuda/runtime/error.h"

#include <atomic>

#include "cuda/runtime/device.h"
#include "cuda/runtime/staging.h"

#ifdef CADENA_EMULATED
#include "cuda/runtime/emulated/state.h"
#endif

namespace cadena::cuda {

CudaError::CudaError(cudaError_t code, const std::string& what, Location where)
    : std::runtime_error(what + " at " + where.file + ":" + std::to_string(where.line)), code_(code), where_(where) {}

std::string explain(cudaError_t code) {
  std::string text = cudaGetErrorString(code);
#ifdef CADENA_EMULATED
  const std::string diagnosis = emulated::last_diagnosis();
  if (code != cudaSuccess && !diagnosis.empty()) text = diagnosis + ": " + text;
#endif
  return text + " (" + cudaGetErrorName(code) + ")";
}

void check(cudaError_t code, const char* what, Location where) {
  if (code == cudaSuccess) return;
  const std::string reason = explain(code);
  cudaGetLastError();  // told once: the next call begins without it, unless the context is lost
  throw CudaError(code, std::string(what) + ": " + reason, where);
}

namespace {
std::atomic<unsigned long> resets{0};
}  // namespace

unsigned long reset_count() { return resets; }

void reset() {
  ++resets;
  detail::free_staging();
  cudaDeviceReset();
  cudaGetLastError();
}

}  // namespace cadena::cuda
