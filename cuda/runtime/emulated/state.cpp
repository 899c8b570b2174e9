#include "cuda/runtime/emulated/state.h"

#include <atomic>
#include <mutex>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/setting.h"

namespace cadena::cuda::emulated {
namespace {

std::mutex mutex;
auto& diagnosis_text = *new std::string;  // memory is freed, and refused, after the end of main, too
std::atomic<cudaError_t> lost{cudaSuccess};
thread_local cudaError_t last = cudaSuccess;
std::atomic<unsigned long> wait_count{0};

std::atomic<unsigned long>& seed_value() {
  static std::atomic<unsigned long> value{static_cast<unsigned long>(setting("CADENA_EMULATOR_SEED", 0, 0, 0x1p53))};
  return value;
}
std::atomic<double>& limit_value() {
  static std::atomic<double> value{setting("CADENA_EMULATOR_TIMEOUT", 300, 0.001, 1e6)};
  return value;
}

}  // namespace

cudaError_t report(cudaError_t error) {
  const cudaError_t sticky = sticky_error();
  if (sticky != cudaSuccess) error = sticky;
  if (error != cudaSuccess && error != cudaErrorNotReady) last = error;
  return error;
}

cudaError_t sticky_error() { return lost.load(std::memory_order_relaxed); }

void lose_context(cudaError_t error, const std::string& diagnosis) {
  const std::lock_guard lock(mutex);
  cudaError_t expected = cudaSuccess;
  if (lost.compare_exchange_strong(expected, error)) diagnosis_text = diagnosis;
}

cudaError_t refuse(cudaError_t error, const std::string& diagnosis) {
  {
    const std::lock_guard lock(mutex);
    if (lost == cudaSuccess) diagnosis_text = diagnosis;
  }
  return report(error);
}

std::string last_diagnosis() {
  const std::lock_guard lock(mutex);
  return diagnosis_text;
}

void clear_errors() {
  const std::lock_guard lock(mutex);
  lost = cudaSuccess;
  last = cudaSuccess;
  diagnosis_text.clear();
}

unsigned long waits() { return wait_count; }
void count_wait() { ++wait_count; }

unsigned long seed() { return seed_value(); }
void set_seed(unsigned long value) { seed_value() = value; }
double time_limit() { return limit_value(); }
void set_time_limit(double seconds) { limit_value() = seconds; }

}  // namespace cadena::cuda::emulated

using cadena::cuda::emulated::sticky_error;

cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  cadena::cuda::emulated::last = cudaSuccess;
  return error;
}

cudaError_t cudaPeekAtLastError() {
  return sticky_error() != cudaSuccess ? sticky_error() : cadena::cuda::emulated::last;
}

namespace {

struct Names {
  cudaError_t error;
  const char* name;
  const char* words;
};
constexpr Names kNames[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {cudaErrorInvalidSymbol, "cudaErrorInvalidSymbol", "invalid device symbol"},
    {cudaErrorInvalidMemcpyDirection, "cudaErrorInvalidMemcpyDirection", "invalid copy direction for memcpy"},
    {cudaErrorInvalidDeviceFunction, "cudaErrorInvalidDeviceFunction", "invalid device function"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorIllegalAddress, "cudaErrorIllegalAddress", "an illegal memory access was encountered"},
    {cudaErrorLaunchOutOfResources, "cudaErrorLaunchOutOfResources", "too many resources requested for launch"},
    {cudaErrorLaunchTimeout, "cudaErrorLaunchTimeout", "the launch timed out and was terminated"},
    {cudaErrorAssert, "cudaErrorAssert", "device-side assert triggered"},
    {cudaErrorMisalignedAddress, "cudaErrorMisalignedAddress", "misaligned address"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorNotSupported, "cudaErrorNotSupported", "operation not supported"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorStreamCaptureUnmatched, "cudaErrorStreamCaptureUnmatched",
     "the capture was not initiated in this stream"},
    {cudaErrorStreamCaptureUnjoined, "cudaErrorStreamCaptureUnjoined", "capturing stream has unjoined work"},
};

}  // namespace

const char* cudaGetErrorString(cudaError_t error) {
  for (const Names& names : kNames) {
    if (names.error == error) return names.words;
  }
  return "unknown error";
}

const char* cudaGetErrorName(cudaError_t error) {
  for (const Names& names : kNames) {
    if (names.error == error) return names.name;
  }
  return "cudaErrorUnknown";
}
