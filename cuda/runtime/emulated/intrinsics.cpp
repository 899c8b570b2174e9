#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>

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
#ifdef CADENA_THREAD_SANITIZER  // it knows no fences, but that all who add to one number come one after the other
  static std::atomic<int> fences = 0;
  ++fences;
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
  if (hooks) hooks->fence();
  if (Runner* runner = Runner::running()) runner->count_atomic();
}

}  // namespace cadena::cuda::emulated

/// What assert() calls where its condition is false: in a kernel it stops the kernel, and the process goes on.
extern "C" [[noreturn]] void __assert_fail(const char* condition, const char* file, unsigned line,
                                           const char* function) noexcept {
  using cadena::cuda::emulated::Runner;
  if (Runner* runner = Runner::running()) {
    runner->fail(cudaErrorAssert, std::string("assertion `") + condition + "` failed", {file, int(line)}, nullptr,
                 runner->thread());
  }
  std::fprintf(stderr, "%s:%u: %s: assertion `%s` failed\n", file, line, function, condition);
  std::abort();
}
