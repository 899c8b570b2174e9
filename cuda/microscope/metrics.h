// The metrics that the steps of the ladders name, as sums over what the microscope has counted.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cuda/ladder/trial.h"
#include "cuda/runtime/microscope/report.h"

namespace cadena::cuda::microscope {

/// The value of the metric called `name` for kernels that did so much work together. Nothing for a name that is not in
/// metric_names().
std::optional<double> metric(std::string_view name, const Report& report, const ladder::Work& work);

/// The metrics there are.
std::vector<std::string_view> metric_names();

}  // namespace cadena::cuda::microscope
