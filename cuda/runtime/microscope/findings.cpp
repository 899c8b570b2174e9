#include "cuda/runtime/microscope/findings.h"

#include <algorithm>

namespace cadena::cuda::microscope {

const char* describe(Fault fault) {
  switch (fault) {
    case Fault::missing_syncthreads: return "race between warps of a block: is a __syncthreads() missing?";
    case Fault::missing_syncwarp: return "race between lanes of a warp: is a __syncwarp() missing?";
    case Fault::race_between_blocks: return "race between blocks, which nothing orders within a launch";
    case Fault::uninitialised_shared: return "read of shared memory that nobody has written";
    case Fault::uninitialised_global: return "read of device memory that nobody has written";
    case Fault::out_of_bounds: return "access out of bounds";
    case Fault::host_memory: return "access to memory of the host";
    case Fault::failed_launch: return "the launch failed: only what it did until then, if anything, is counted";
  }
  return "";
}

const char* identifier(Fault fault) {
  switch (fault) {
    case Fault::missing_syncthreads: return "missing_syncthreads";
    case Fault::missing_syncwarp: return "missing_syncwarp";
    case Fault::race_between_blocks: return "race_between_blocks";
    case Fault::uninitialised_shared: return "uninitialised_shared";
    case Fault::uninitialised_global: return "uninitialised_global";
    case Fault::out_of_bounds: return "out_of_bounds";
    case Fault::host_memory: return "host_memory";
    case Fault::failed_launch: return "failed_launch";
  }
  return "";
}

Finding& Findings::at(Fault fault, const void* kernel, uint64_t place, uint64_t other_place) {
  const bool is_pair = other_place != 0;
  const uint64_t first = is_pair ? std::min(place, other_place) : place;
  Finding& finding = found_[{fault, kernel, first, is_pair ? std::max(place, other_place) : 0}];
  if (finding.times != 0) return finding;
  finding.fault = fault;
  finding.kernel = kernel;
  finding.place = place;
  finding.other_place = other_place;
  return finding;
}

void Findings::add_failed(const Finding& launch) {
  const auto same = std::find_if(failed_.begin(), failed_.end(), [&](const Finding& each) {
    return each.kernel == launch.kernel && each.place == launch.place && each.line == launch.line &&
           each.detail == launch.detail;
  });
  (same != failed_.end() ? *same : failed_.emplace_back(launch)).times++;
}

void Findings::clear() {
  found_.clear();
  failed_.clear();
}

std::vector<Finding> Findings::list() const {
  std::vector<Finding> all = failed_;
  for (const auto& [key, finding] : found_) {
    // Where a barrier is missing a thread may read before another one has written; the race says it better.
    const bool is_consequence =
        (finding.fault == Fault::uninitialised_shared || finding.fault == Fault::uninitialised_global) &&
        std::any_of(found_.begin(), found_.end(), [&, place = finding.place](const auto& other) {
          const Finding& race = other.second;
          return race.other_place != 0 && (race.place == place || race.other_place == place);
        });
    if (!is_consequence) all.push_back(finding);
  }
  return all;
}

}  // namespace cadena::cuda::microscope
