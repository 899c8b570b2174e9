#include "cuda/runtime/emulated/async_copy.h"

#include <cstring>

#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {
namespace {

void perform(const PendingCopy& copy) {
  const Blame blame(*Runner::running(), copy.place);
  if (copy.valid) {
    if (hooks) hooks->access(copy.global, copy.bytes, false, copy.place);
    std::memcpy(copy.shared, copy.global, size_t(copy.bytes));
  } else {
    std::memset(copy.shared, 0, size_t(copy.bytes));
  }
  if (hooks) hooks->access(copy.shared, copy.bytes, true, copy.place);
}

}  // namespace

void async_copy(void* shared, const void* global, int bytes, bool valid) {
  Runner& runner = *Runner::running();
  const void* place = __builtin_return_address(0);
  const auto misaligned = [bytes](const void* address) {
    return reinterpret_cast<uintptr_t>(address) % unsigned(bytes) != 0;
  };
  if (misaligned(shared) || (valid && misaligned(global))) {
    runner.fail(cudaErrorMisalignedAddress,
                std::string("async_copy: the ") + (misaligned(shared) ? "shared" : "global") +
                    " address is no multiple of the " + std::to_string(bytes) + " bytes copied",
                {nullptr, 0}, place, runner.thread());
  }
  CopyQueue& queue = runner.copies();
  const PendingCopy copy{shared, global, bytes, valid, place, queue.groups};
  // The hardware may copy at any time until the wait. Late shows a missing wait; under a seed some copies are early,
  // which shows a buffer that is overwritten while others still read it.
  if (runner.shuffled() && runner.random().below(4) == 0) return perform(copy);
  queue.copies.push_back(copy);
}

void async_copy_commit() { ++Runner::running()->copies().groups; }

void async_copy_wait(int pending_groups) {
  CopyQueue& queue = Runner::running()->copies();
  const int finished = queue.groups - pending_groups;  // groups 0 to finished - 1; copies after the last commit stay
  size_t kept = 0;
  for (const PendingCopy& copy : queue.copies) {
    if (copy.group < finished) {
      perform(copy);
    } else {
      queue.copies[kept++] = copy;
    }
  }
  queue.copies.resize(kept);
}

}  // namespace cadena::cuda::emulated
