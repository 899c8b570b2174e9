#pragma once

#include <functional>
#include <string>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

/// The message of the CudaError that `work` throws; forgets the failure, so that the next test can run.
inline std::string failure_of(const std::function<void()>& work) {
  std::string message = "nothing was thrown";
  try {
    work();
  } catch (const CudaError& error) {
    message = error.what();
  }
  reset();
  return message;
}

}  // namespace cadena::cuda
