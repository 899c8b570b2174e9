#include "cuda/ladder/softmax/steps.h"

#include <array>

namespace cadena::cuda::ladder {
namespace {

constexpr std::array kSteps{
    Step<Softmax>{.id = "S1",
                  .title = "three passes, folded by halves",
                  .source = "cuda/ladder/softmax/s1_three_passes.cu",
                  .metric = {"barriers per block", 20, 20},
                  .expected = {30, 60},
                  .compute_capability = 50,
                  .counted = true,
                  .run = softmax_s1},
    Step<Softmax>{.id = "S2",
                  .title = "warp shuffle: lanes fold in registers",
                  .source = "cuda/ladder/softmax/s2_warp_shuffle.cu",
                  .metric = {"barriers per block", 20, 4},
                  .expected = {45, 75},
                  .compute_capability = 50,
                  .counted = true,
                  .run = softmax_s2},
    Step<Softmax>{.id = "S3",
                  .title = "float4: 16 bytes an instruction",
                  .source = "cuda/ladder/softmax/s3_float4.cu",
                  .metric = {"bytes per load request", 128, 512},
                  .expected = {65, 90},
                  .compute_capability = 50,
                  .counted = true,
                  .run = softmax_s3},
    Step<Softmax>{.id = "S4",
                  .title = "online: maximum and sum in one pass",
                  .source = "cuda/ladder/softmax/s4_online.cu",
                  .metric = {"bytes moved per element", 16, 12},
                  .expected = {65, 90},
                  .compute_capability = 50,
                  .counted = true,
                  .run = softmax_s4},
    Step<Softmax>{.id = "S5",
                  .title = "split rows: several blocks for a long row",
                  .source = "cuda/ladder/softmax/s5_split_rows.cu",
                  .metric = {"elements per block", 16384, 512},
                  .expected = {80, 95},
                  .compute_capability = 50,
                  .counted = true,
                  .run = softmax_s5},
};

}  // namespace

Steps<Softmax> softmax_steps() { return kSteps; }

}  // namespace cadena::cuda::ladder
