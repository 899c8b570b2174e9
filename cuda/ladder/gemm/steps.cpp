#include "cuda/ladder/gemm/steps.h"

#include <array>

namespace cadena::cuda::ladder {
namespace {

constexpr std::array kFloatSteps{
    Step<Gemm<float>>{.id = "G1",
                      .title = "naive: a thread for each element",
                      .source = "cuda/ladder/gemm/g1_naive.cu",
                      .metric = {"sectors per request on A", 32, 32},
                      .expected = {1, 2},
                      .compute_capability = 50,
                      .emulated = true,
                      .run = gemm_g1},
    Step<Gemm<float>>{.id = "G2",
                      .title = "coalesced: lanes along a row",
                      .source = "cuda/ladder/gemm/g2_coalesced.cu",
                      .metric = {"sectors per request on C", 32, 4},
                      .expected = {9, 12},
                      .compute_capability = 50,
                      .emulated = true,
                      .run = gemm_g2},
    Step<Gemm<float>>{.id = "G3",
                      .title = "shared tile: fetch once, use 32 times",
                      .source = "cuda/ladder/gemm/g3_shared_tile.cu",
                      .metric = {"FLOP per byte fetched", 0.25, 8},
                      .expected = {13, 20},
                      .compute_capability = 50,
                      .emulated = true,
                      .run = gemm_g3},
    Step<Gemm<float>>{.id = "G4",
                      .title = "1D register tile: 8 x 1 a thread",
                      .source = "cuda/ladder/gemm/g4_register_row.cu",
                      .metric = {"shared loads per FMA", 2, 1.125},
                      .expected = {30, 40},
                      .compute_capability = 50,
                      .emulated = true,
                      .run = gemm_g4},
    Step<Gemm<float>>{.id = "G5",
                      .title = "2D register tile: 8 x 8 a thread",
                      .source = "cuda/ladder/gemm/g5_register_square.cu",
                      .metric = {"shared loads per FMA", 1.125, 0.25},
                      .expected = {60, 70},
                      .compute_capability = 50,
                      .emulated = true,
                      .run = gemm_g5},
    Step<Gemm<float>>{.id = "G6",
                      .title = "float4: 16 bytes an instruction",
                      .source = "cuda/ladder/gemm/g6_float4.cu",
                      .metric = {"shared loads per FMA", 0.25, 0.0625},
                      .expected = {70, 80},
                      .compute_capability = 50,
                      .emulated = true,
                      .run = gemm_g6},
    Step<Gemm<float>>{.id = "G7",
                      .title = "padding: no bank conflicts",
                      .source = "cuda/ladder/gemm/g7_bank_conflicts.cu",
                      .metric = {"excess wavefronts per load of B", 2, 0},
                      .expected = {65, 85},
                      .compute_capability = 50,
                      .emulated = true,
                      .run = gemm_g7},
    Step<Gemm<float>>{.id = "G8",
                      .title = "cp.async: tiles in flight while others are multiplied",
                      .source = "cuda/ladder/gemm/g8_async_stages.cu",
                      .metric = {"tiles in flight while one is multiplied", 0, 2},
                      .expected = {75, 85},
                      .compute_capability = 80,
                      .emulated = true,
                      .run = gemm_g8},
    Step<Gemm<float>>{.id = "G9",
                      .title = "warp tile, shape chosen by size",
                      .source = "cuda/ladder/gemm/g9_warp_tile.cu",
                      .metric = {"shared bytes a warp reads per FMA", 0.28125, 0.1875},
                      .expected = {95, 105},
                      .compute_capability = 80,
                      .emulated = true,
                      .run = gemm_g9},
};

}  // namespace

template <>
Steps<Gemm<float>> gemm_steps<float>() {
  return kFloatSteps;
}

}  // namespace cadena::cuda::ladder
