#include "cuda/ladder/reduce/steps.h"

#include <array>

namespace cadena::cuda::ladder {
namespace {

constexpr std::array kSteps{
    Step<Sum>{.id = "R1",
              .title = "atomic: every element adds itself",
              .source = "cuda/ladder/reduce/r1_atomic.cu",
              .metric = {"atomics per element", 1, 1},
              .expected = {1, 5},
              .compute_capability = 50,
              .counted = true,
              .run = sum_r1},
    Step<Sum>{.id = "R2",
              .title = "shared tree: one atomic a block",
              .source = "cuda/ladder/reduce/r2_shared_tree.cu",
              .metric = {"atomics per element", 1, 1.0 / 256},
              .expected = {25, 50},
              .compute_capability = 50,
              .counted = true,
              .run = sum_r2},
    Step<Sum>{.id = "R3",
              .title = "warp shuffle: one barrier a block",
              .source = "cuda/ladder/reduce/r3_warp_shuffle.cu",
              .metric = {"barriers per block", 9, 1},
              .expected = {40, 70},
              .compute_capability = 50,
              .counted = true,
              .run = sum_r3},
    Step<Sum>{.id = "R4",
              .title = "float4, grid stride, two passes: the same sum each time",
              .source = "cuda/ladder/reduce/r4_two_passes.cu",
              .metric = {"bytes per load request", 128, 512},
              .expected = {85, 100},
              .compute_capability = 50,
              .counted = true,
              .run = sum_r4},
};

}  // namespace

Steps<Sum> sum_steps() { return kSteps; }

}  // namespace cadena::cuda::ladder
