#include "cuda/ladder/meter.h"

#include <cuda_runtime.h>

#include <memory>

#include "cuda/microscope/metrics.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/microscope/report.h"
#include "cuda/runtime/microscope/write.h"

namespace cadena::cuda::ladder {
namespace {

// Counts one run; what earlier runs did is forgotten.
struct CountingMeter : Meter {
  Cost read(const std::function<void()>& run) override {
    microscope::reset();
    run();
    check(cudaDeviceSynchronize(), "running the step");
    const auto report = std::make_shared<const microscope::Report>(microscope::make_report());
    Cost cost;
    cost.count = [report](std::string_view metric, const Work& work) {
      return microscope::metric(metric, *report, work);
    };
    if (!report->findings.empty()) cost.fault = microscope::to_sentence(report->findings.front());
    return cost;
  }
};

}  // namespace

std::unique_ptr<Meter> machine_meter() { return std::make_unique<CountingMeter>(); }

}  // namespace cadena::cuda::ladder
