#include "cuda/ladder/meter.h"

#include <cuda_runtime.h>

#include <algorithm>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/machine.h"

namespace cadena::cuda::ladder {
namespace {

constexpr int kWarmUps = 3, kRepetitions = 21;

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

  std::vector<Reading> read(const std::function<void()>& run, double flop) override {
    for (int i = 0; i < kWarmUps; ++i) run();
    std::vector<float> milliseconds(kRepetitions);
    for (float& time : milliseconds) {
      check(cudaMemsetAsync(flush_.data(), 0, flush_.bytes()), "flushing the L2 cache");
      check(cudaEventRecord(start_), "cudaEventRecord");
      run();
      check(cudaEventRecord(stop_), "cudaEventRecord");
      check(cudaEventSynchronize(stop_), "running the step");
      check(cudaEventElapsedTime(&time, start_, stop_), "cudaEventElapsedTime");
    }
    std::nth_element(milliseconds.begin(), milliseconds.begin() + kRepetitions / 2, milliseconds.end());
    const double median = milliseconds[kRepetitions / 2];
    return {{"ms", median}, {"GFLOP/s", flop / median * 1e-6}};
  }

 private:
  DeviceArray<char> flush_;
  cudaEvent_t start_ = nullptr, stop_ = nullptr;
};

}  // namespace

std::unique_ptr<Meter> machine_meter() { return std::make_unique<Clock>(); }

}  // namespace cadena::cuda::ladder
