#include "cuda/ladder/elementwise/steps.h"

#include <array>

namespace cadena::cuda::ladder {
namespace {

constexpr std::array kFloatSteps{
    Step<BiasGelu<float>>{.id = "E1",
                          .title = "two launches: add the bias, then GELU",
                          .source = "cuda/ladder/elementwise/e1_two_launches.cu",
                          .metric = {"bytes moved per element", 20, 20},
                          .expected = {35, 50},
                          .compute_capability = 50,
                          .counted = true,
                          .run = bias_gelu_e1<float>},
    Step<BiasGelu<float>>{.id = "E2",
                          .title = "fused: both while the number is in a register",
                          .source = "cuda/ladder/elementwise/e2_fused.cu",
                          .metric = {"bytes moved per element", 20, 12},
                          .expected = {55, 85},
                          .compute_capability = 50,
                          .counted = true,
                          .run = bias_gelu_e2<float>},
    Step<BiasGelu<float>>{.id = "E3",
                          .title = "wide: 16 bytes an instruction",
                          .source = "cuda/ladder/elementwise/e3_wide.cu",
                          .metric = {"bytes per load request", 128, 512},
                          .expected = {85, 98},
                          .compute_capability = 50,
                          .counted = true,
                          .run = bias_gelu_e3<float>},
};

constexpr std::array kHalfSteps{
    Step<BiasGelu<__half>>{.id = "E1h",
                           .title = "two launches: add the bias, then GELU",
                           .source = "cuda/ladder/elementwise/e1_two_launches.cu",
                           .metric = {"bytes moved per element", 10, 10},
                           .expected = {35, 50},
                           .compute_capability = 60,
                           .counted = true,
                           .run = bias_gelu_e1<__half>},
    Step<BiasGelu<__half>>{.id = "E2h",
                           .title = "fused: both while the number is in a register",
                           .source = "cuda/ladder/elementwise/e2_fused.cu",
                           .metric = {"bytes moved per element", 10, 6},
                           .expected = {55, 85},
                           .compute_capability = 60,
                           .counted = true,
                           .run = bias_gelu_e2<__half>},
    Step<BiasGelu<__half>>{.id = "E3h",
                           .title = "wide: 16 bytes an instruction",
                           .source = "cuda/ladder/elementwise/e3_wide.cu",
                           .metric = {"bytes per load request", 64, 512},
                           .expected = {85, 98},
                           .compute_capability = 60,
                           .counted = true,
                           .run = bias_gelu_e3<__half>},
};

constexpr std::array kRotarySteps{
    Step<Rotary>{.id = "P1",
                 .title = "naive: a thread for each element",
                 .source = "cuda/ladder/elementwise/p1_naive.cu",
                 .metric = {"special functions per element", 2, 2},
                 .expected = {10, 30},
                 .compute_capability = 50,
                 .counted = true,
                 .run = rotary_p1},
    Step<Rotary>{.id = "P2",
                 .title = "pairs: a thread for each pair",
                 .source = "cuda/ladder/elementwise/p2_pairs.cu",
                 .metric = {"special functions per element", 2, 1},
                 .expected = {20, 50},
                 .compute_capability = 50,
                 .counted = true,
                 .run = rotary_p2},
    Step<Rotary>{.id = "P3",
                 .title = "table: cosines and sines once for all sequences",
                 .source = "cuda/ladder/elementwise/p3_table.cu",
                 .metric = {"special functions per element", 1, 0.125},
                 .expected = {75, 95},
                 .compute_capability = 50,
                 .counted = true,
                 .run = rotary_p3},
};

}  // namespace

template <>
Steps<BiasGelu<float>> bias_gelu_steps<float>() {
  return kFloatSteps;
}

template <>
Steps<BiasGelu<__half>> bias_gelu_steps<__half>() {
  return kHalfSteps;
}

Steps<Rotary> rotary_steps() { return kRotarySteps; }

}  // namespace cadena::cuda::ladder
