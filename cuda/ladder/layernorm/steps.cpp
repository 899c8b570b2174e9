#include "cuda/ladder/layernorm/steps.h"

#include <array>

namespace cadena::cuda::ladder {
namespace {

constexpr std::array kForward{
    Step<LayerNorm>{.id = "L1",
                    .title = "naive: a thread for each row",
                    .source = "cuda/ladder/layernorm/l1_naive.cu",
                    .metric = {"sectors per request of the worst load", 32, 32},
                    .expected = {3, 15},
                    .compute_capability = 50,
                    .counted = true,
                    .run = layer_norm_l1},
    Step<LayerNorm>{.id = "L2",
                    .title = "a block for each row: lanes along it",
                    .source = "cuda/ladder/layernorm/l2_block_a_row.cu",
                    .metric = {"sectors per request of the worst load", 32, 4},
                    .expected = {40, 70},
                    .compute_capability = 50,
                    .counted = true,
                    .run = layer_norm_l2},
    Step<LayerNorm>{.id = "L3",
                    .title = "float4: 16 bytes an instruction",
                    .source = "cuda/ladder/layernorm/l3_float4.cu",
                    .metric = {"bytes per load request", 128, 512},
                    .expected = {60, 85},
                    .compute_capability = 50,
                    .counted = true,
                    .run = layer_norm_l3},
    Step<LayerNorm>{.id = "L4",
                    .title = "one read: the row stays in registers",
                    .source = "cuda/ladder/layernorm/l4_registers.cu",
                    .metric = {"bytes moved per element", 24, 16},
                    .expected = {80, 95},
                    .compute_capability = 50,
                    .counted = true,
                    .run = layer_norm_l4},
};

constexpr std::array kBackward{
    Step<LayerNormGradient>{.id = "LB1",
                            .title = "atomics: two additions for each element",
                            .source = "cuda/ladder/layernorm/lb1_atomics.cu",
                            .metric = {"atomics per element", 2, 2},
                            .expected = {5, 20},
                            .compute_capability = 50,
                            .counted = true,
                            .run = layer_norm_lb1},
    Step<LayerNormGradient>{.id = "LB2",
                            .title = "slabs: partial sums, then their sum",
                            .source = "cuda/ladder/layernorm/lb2_slabs.cu",
                            .metric = {"atomics per element", 2, 0},
                            .expected = {40, 60},
                            .compute_capability = 50,
                            .counted = true,
                            .run = layer_norm_lb2},
    Step<LayerNormGradient>{.id = "LB3",
                            .title = "one read: dx and the sums in the same walk",
                            .source = "cuda/ladder/layernorm/lb3_one_read.cu",
                            .metric = {"bytes moved per element", 38.875, 13.25},
                            .expected = {70, 90},
                            .compute_capability = 50,
                            .counted = true,
                            .run = layer_norm_lb3},
};

}  // namespace

Steps<LayerNorm> layer_norm_steps() { return kForward; }
Steps<LayerNormGradient> layer_norm_gradient_steps() { return kBackward; }

}  // namespace cadena::cuda::ladder
