#include "cuda/ladder/meter.h"

#include <cuda_runtime.h>

#include <algorithm>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/machine.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kWarmUps = 3, kRepetitions = 51;
constexpr float kMilliseconds = 1000;  // that the repetitions of one step may take

// Times by events. Before each repetition a buffer of twice the L2 cache is overwritten, so that no step finds its
// operands there.
class Clock : public Meter {
 public:
  Clock() : flush_(std::vector<char>(2 * static_cast<std::size_t>(device_attribute(cudaDevAttrL2CacheSize)))) {
    check(cudaEventCreate(&start_), "cudaEventCreate");
    check(cudaEventCreate(&stop_), "cudaEventCreate");
  }
  ~Clock() override {
    cudaEventDestroy(start_);
    cudaEventDestroy(stop_);
  }

  Cost read(const std::function<void()>& run) override {
    float once = 0;
    for (int i = 0; i < kWarmUps; ++i) once = time(run);
    // Slow steps are repeated less often: they vary less, too.
    const int repetitions = std::clamp(static_cast<int>(kMilliseconds / std::max(once, 1e-3f)), 5, kRepetitions);
    std::vector<float> milliseconds(static_cast<std::size_t>(repetitions));
    for (float& each : milliseconds) each = time(run);
    const auto middle = milliseconds.begin() + repetitions / 2;
    std::nth_element(milliseconds.begin(), middle, milliseconds.end());
    Cost cost;
    cost.milliseconds = *middle;
    return cost;
  }

 private:
  float time(const std::function<void()>& run) {
    float milliseconds = 0;
    check(cudaMemsetAsync(flush_.data(), 0, flush_.bytes()), "flushing the L2 cache");
    check(cudaEventRecord(start_), "cudaEventRecord");
    run();
    check(cudaEventRecord(stop_), "cudaEventRecord");
    check(cudaEventSynchronize(stop_), "running the step");
    check(cudaEventElapsedTime(&milliseconds, start_, stop_), "cudaEventElapsedTime");
    return milliseconds;
  }

  DeviceArray<char> flush_;
  cudaEvent_t start_ = nullptr, stop_ = nullptr;
};

}  // namespace

std::unique_ptr<Meter> machine_meter() { return std::make_unique<Clock>(); }

}  // namespace cadena::cuda::ladder
