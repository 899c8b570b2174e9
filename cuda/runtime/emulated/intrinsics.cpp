#include <chrono>

#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/intrinsics.h"
#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {

void trap() {
  Runner& runner = *Runner::running();
  runner.fail(cudaErrorLaunchFailure, "__trap", {nullptr, 0}, __builtin_return_address(0), runner.thread());
}

long long clock_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void fence_and_yield() {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (hooks) hooks->fence();
  if (Runner* runner = Runner::running()) runner->count_atomic();
}

}  // namespace cadena::cuda::emulated
