#include "cuda/ladder/ladders.h"

#include <stdexcept>
#include <string>

namespace cadena::cuda::ladder {

const std::vector<Ladder>& ladders() {
  static const std::vector<Ladder> all{transpose_ladder(), reduce_ladder(), elementwise_ladder(), softmax_ladder(),
                                       layernorm_ladder(), gemm_ladder(),   attention_ladder()};
  return all;
}

const Ladder& find_ladder(std::string_view name) {
  std::string known;
  for (const Ladder& ladder : ladders()) {
    if (ladder.name == name) return ladder;
    known += (known.empty() ? "" : ", ") + ladder.name;
  }
  throw std::invalid_argument("there is no ladder '" + std::string(name) + "'; there are " + known);
}

StepPlace find_any_step(std::string_view id) {
  std::string known;
  for (const Ladder& ladder : ladders()) {
    for (const Flight& flight : ladder.flights) {
      for (std::size_t i = 0; i < flight.steps.size(); ++i) {
        if (flight.steps[i].id == id) return {&ladder, &flight, i};
        known += (known.empty() ? "" : ", ") + flight.steps[i].id;
      }
    }
  }
  throw std::invalid_argument("there is no step '" + std::string(id) + "'; there are " + known);
}

}  // namespace cadena::cuda::ladder
