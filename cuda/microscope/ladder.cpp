// Runs one step of a ladder under the microscope. All steps are compiled with its instrumentation into this program.
#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cuda/ladder/ladders.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/microscope/output.h"

namespace {

using namespace cadena::cuda;
using namespace cadena::cuda::ladder;

void list() {
  for (const Ladder& each : ladders()) {
    std::printf("%s: %s\n", each.name.c_str(), each.problem.c_str());
    for (const Flight& flight : each.flights) {
      for (const StepInfo& step : flight.steps) {
        std::printf("  %-4s %s; %s: %g to %g%s\n", step.id.c_str(), step.title.c_str(), step.metric.name,
                    step.metric.before, step.metric.after, step.counted ? "" : " (not counted)");
      }
    }
  }
}

int run_step(const std::string& id, int size) {
  const StepPlace place = find_any_step(id);
  const StepInfo& step = place.step();
  if (!step.counted) {
    throw std::invalid_argument("step " + id + " is not counted: the microscope does not follow TMA and wgmma");
  }
  const int usual = place.ladder->counted_size, largest = usual < 4096 ? 4096 : 4 * usual;
  if (size < 0 || size > largest) {
    throw std::invalid_argument("the size is 1 to " + std::to_string(largest) + "; " + std::to_string(usual) +
                                " is quick");
  }
  if (size == 0) size = usual;
  std::printf("%s, %s: size %d\npredicted: %s from %g to %g\n\n", step.id.c_str(), step.title.c_str(), size,
              step.metric.name, step.metric.before, step.metric.after);
  const auto trial = place.flight->set_up(size);
  trial->poison();
  trial->run_as_large(place.number);
  check(cudaDeviceSynchronize(), id.c_str());
  microscope::Outputs outputs = microscope::outputs_from_environment();
  outputs.report.nvcc_source = outputs.root.empty() ? step.source : outputs.root + "/" + step.source;
  return microscope::write_outputs(outputs) ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc > 1 ? argv[1] : "list";
  if (what == "list") {
    list();
    return 0;
  }
  return run_step(what, argc > 2 ? std::atoi(argv[2]) : 0);
} catch (const std::exception& error) {
  const std::string_view what = error.what();  // the library's own errors begin with its name
  std::fprintf(stderr, "%s%s\n", what.starts_with("microscope: ") ? "" : "microscope: ", error.what());
  return 2;
}
