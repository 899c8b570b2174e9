#pragma once

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

namespace cadena::cuda {

/// A place in the source; as a default argument, the caller's.
struct Location {
  const char* file = "";
  int line = 0;
  /// The place that calls the function whose default argument this is.
  static constexpr Location here(const char* file_name = __builtin_FILE(), int line_number = __builtin_LINE()) {
    return {file_name, line_number};
  }
};

/// A call of the CUDA runtime that failed. Under the emulator the message has the whole diagnosis of a failed kernel:
/// what it did wrong, kernel, block, thread, file and line.
class CudaError : public std::runtime_error {
 public:
  /// `what`: the call that failed and why.
  CudaError(cudaError_t code, const std::string& what, Location where);
  /// The runtime's number for the failure.
  cudaError_t code() const { return code_; }
  /// The call that failed.
  Location where() const { return where_; }

 private:
  cudaError_t code_;
  Location where_;
};

/// Throws CudaError where `code` is a failure: `what: the runtime's words (cudaErrorName) at file:line`.
void check(cudaError_t code, const char* what, Location where = Location::here());

/// What the runtime says about `code`, with the emulator's diagnosis where there is one.
std::string explain(cudaError_t code);

/// Forgets a failed kernel, so that the process can go on: frees all device memory, streams and graphs.
void reset();

}  // namespace cadena::cuda
