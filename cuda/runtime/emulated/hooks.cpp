#include "cuda/runtime/emulated/hooks.h"

#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {

void fail_at(cudaError_t code, const char* what, const void* place) {
  Runner& runner = *Runner::running();
  runner.fail(code, what, {nullptr, 0}, place, runner.thread());
}

}  // namespace cadena::cuda::emulated
