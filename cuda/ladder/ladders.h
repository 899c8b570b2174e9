// All ladders. A new one is a function here, a file NAME/trial.cpp that says how its problem is set up, and a line in
// ladders.cpp.
#pragma once

#include <string_view>
#include <vector>

#include "cuda/ladder/trial.h"

namespace cadena::cuda::ladder {

Ladder attention_ladder();
Ladder gemm_ladder();
Ladder softmax_ladder();
Ladder layernorm_ladder();
Ladder elementwise_ladder();
Ladder transpose_ladder();
Ladder reduce_ladder();

/// The ladders, in the order of the course.
const std::vector<Ladder>& ladders();

/// The ladder called `name`; throws std::invalid_argument that lists the names there are.
const Ladder& find_ladder(std::string_view name);

/// A step, by where it stands.
struct StepPlace {
  const Ladder* ladder;
  const Flight* flight;
  std::size_t number;
  const StepInfo& step() const { return flight->steps[number]; }
};

/// The step called `id`, for example "G3", of any ladder; throws std::invalid_argument that lists the ids there are.
StepPlace find_any_step(std::string_view id);

}  // namespace cadena::cuda::ladder
