#include "tensor/replay_counter.h"

#include "cuda/kernels/recording.h"
#include "tensor/base/error.h"

namespace cadena {

ReplayCounter::ReplayCounter() : life_(new Life) {}

ReplayCounter::~ReplayCounter() { life_->is_over = true; }

void ReplayCounter::add_one(const char* name, i64& count) const {
  ++count;
  if (!cuda::Recording::is_under_way()) return;
  cuda::Recording::if_it_fails([life = life_, &count] {
    if (!life->is_over) --count;
  });
  cuda::Recording::check_before_replay([life = life_, name] {
    if (life->is_over) fail<Error>(name, ": it has ended since its step was recorded; call reset() (docs/device.md)");
  });
  cuda::Recording::before_replay([&count] { ++count; });
}

}  // namespace cadena
