#include "cuda/ladder/meter.h"

namespace cadena::cuda::ladder {
namespace {

struct NoMeter : Meter {
  Cost read(const std::function<void()>& run) override {
    run();
    return {};
  }
};

}  // namespace

std::unique_ptr<Meter> machine_meter() { return std::make_unique<NoMeter>(); }

}  // namespace cadena::cuda::ladder
