#include "tensor/footprint.h"

#include <utility>

#include "cuda/kernels/recording.h"
#include "tensor/base/error.h"

namespace cadena {
namespace {

thread_local Footprint* current = nullptr;

/// While it lives, this thread collects for `footprint`.
class Collecting {
 public:
  Collecting(Footprint& footprint, Counter<int>& count) : count_(count), outer_(std::exchange(current, &footprint)) {
    count_.increment();
  }
  ~Collecting() {
    count_.decrement();
    current = outer_;
  }
  Collecting(const Collecting&) = delete;
  Collecting& operator=(const Collecting&) = delete;

 private:
  Counter<int>& count_;
  Footprint* outer_;
};

}  // namespace

void Footprint::collect(const char* name, const Callable<void()>& work) {
  items_.clear();
  {
    const Collecting collecting(*this, collecting_);
    work();
  }
  for (const auto& [storage, item] : items_) {
    if (!item.tensor.is_sole_owner()) continue;
    fail<Error>(name, ": ", item.tensor.dtype(), " of shape ", item.tensor.shape(),
                " that the step takes is replaced by the step itself, and replays would take the old one; keep it in a "
                "Variable, and replace it by set_value (docs/device.md)");
  }
}

void Footprint::check(const char* name) const {
  for (const auto& [storage, item] : items_) {
    if (!item.tensor.is_sole_owner()) continue;
    fail<Error>(name, ": ", item.tensor.dtype(), " of shape ", item.tensor.shape(),
                " that the step takes was freed or "
                "replaced after the step had been recorded; keep it, or call reset() (docs/device.md)");
  }
}

void Footprint::count_writes() const {
  for (const auto& [storage, item] : items_) {
    if (item.is_written) item.tensor.storage()->version.increment();
  }
}

bool Footprint::holds(const Tensor& x) const { return x.defined() && items_.contains(x.storage().get()); }

void Footprint::note(const Tensor& x, bool is_written) {
  if (current == nullptr || cuda::Recording::is_own(x.storage()->data)) return;
  Item& item = current->items_[x.storage().get()];
  if (!item.tensor.defined()) item.tensor = x;
  item.is_written |= is_written;
}

}  // namespace cadena
