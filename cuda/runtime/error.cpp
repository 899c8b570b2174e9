#include "cuda/runtime/error.h"

#include <atomic>

#include "cuda/runtime/device.h"
#include "cuda/runtime/staging.h"

#ifdef CADENA_EMULATED
#include "cuda/runtime/emulated/state.h"
#endif

namespace cadena::cuda {
namespace {

// By number: the emulator never returns these, and has no names for them.
constexpr auto kInsufficientDriver = static_cast<cudaError_t>(35);
constexpr auto kNoKernelImage = static_cast<cudaError_t>(209);

/// "cuda:0 (NVIDIA T4) has compute capability 7.5, ..."; by the runtime's own functions, as errors of ours end here.
std::string not_compiled_for() {
  int device = 0;
  cudaDeviceProp p{};
  if (cudaGetDevice(&device) != cudaSuccess || cudaGetDeviceProperties(&p, device) != cudaSuccess) return {};
  const std::string major = std::to_string(p.major), minor = std::to_string(p.minor);
  return "; cuda:" + std::to_string(device) + " (" + p.name + ") has compute capability " + major + "." + minor +
         ", for which this program was not compiled: build it with -DCADENA_NVCC_ARCHITECTURES=" + major + minor;
}

/// What to do where the machine is to blame and not the program, or empty.
std::string advice(cudaError_t code) {
  if (code == kInsufficientDriver) {
    return "; nvidia-smi tells the driver's version, if there is a driver: install one as new as this program's CUDA, "
           "or build with -DCADENA_CUDA=emulated, which needs no GPU";
  }
  if (code == cudaErrorNoDevice) {
    return "; nvidia-smi tells what the driver finds, CUDA_VISIBLE_DEVICES what is hidden; -DCADENA_CUDA=emulated "
           "builds for a machine without a GPU";
  }
  return code == kNoKernelImage ? not_compiled_for() : std::string();
}

}  // namespace

CudaError::CudaError(cudaError_t code, const std::string& what, Location where)
    : std::runtime_error(what + " at " + where.file + ":" + std::to_string(where.line)), code_(code), where_(where) {}

std::string explain(cudaError_t code) {
  std::string text = cudaGetErrorString(code);
#ifdef CADENA_EMULATED
  const std::string diagnosis = emulated::last_diagnosis();
  if (code != cudaSuccess && !diagnosis.empty()) text = diagnosis + ": " + text;
#endif
  return text + " (" + cudaGetErrorName(code) + ")" + advice(code);
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
