#include "cuda/ladder/transpose/steps.h"

#include <array>

namespace cadena::cuda::ladder {
namespace {

constexpr std::array kSteps{
    Step<Transpose>{.id = "X1",
                    .title = "naive: a thread for each element",
                    .source = "cuda/ladder/transpose/x1_naive.cu",
                    .metric = {"sectors per store request", 32, 32},
                    .expected = {10, 35},
                    .compute_capability = 50,
                    .counted = true,
                    .run = transpose_x1},
    Step<Transpose>{.id = "X2",
                    .title = "shared tile: rows in, rows out",
                    .source = "cuda/ladder/transpose/x2_shared_tile.cu",
                    .metric = {"sectors per store request", 32, 4},
                    .expected = {40, 70},
                    .compute_capability = 50,
                    .counted = true,
                    .run = transpose_x2},
    Step<Transpose>{.id = "X3",
                    .title = "padding: no bank conflicts",
                    .source = "cuda/ladder/transpose/x3_padding.cu",
                    .metric = {"wavefronts per shared load", 32, 1},
                    .expected = {75, 95},
                    .compute_capability = 50,
                    .counted = true,
                    .run = transpose_x3},
    Step<Transpose>{.id = "X4",
                    .title = "float4 and a swizzle",
                    .source = "cuda/ladder/transpose/x4_float4_swizzle.cu",
                    .metric = {"bytes per load and store request", 128, 512},
                    .expected = {85, 100},
                    .compute_capability = 50,
                    .counted = true,
                    .run = transpose_x4},
};

}  // namespace

Steps<Transpose> transpose_steps() { return kSteps; }

}  // namespace cadena::cuda::ladder
