#include "cuda/ladder/meter.h"

namespace cadena::cuda::ladder {
namespace {

struct NoMeter : Meter {
  std::vector<Reading> read(const std::function<void()>&, double) override { return {}; }
};

}  // namespace

std::unique_ptr<Meter> machine_meter() { return std::make_unique<NoMeter>(); }

}  // namespace cadena::cuda::ladder
