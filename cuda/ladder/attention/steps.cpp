#include "cuda/ladder/attention/steps.h"

#include <array>

namespace cadena::cuda::ladder {
namespace {

// Shares are of the best attention in bf16 on an H200 (PyTorch's, by cuDNN or FlashAttention-3), d = 128.
constexpr std::array kFloatSteps{
    Step<Attention<float>>{.id = "A1",
                           .title = "three kernels: scores, softmax, product",
                           .source = "cuda/ladder/attention/a1_three_kernels.cu",
                           .metric = {"bytes of memory per score", 24.03125, 24.03125},
                           .expected = {2, 5},
                           .compute_capability = 50,
                           .counted = true,
                           .run = attention_a1},
    Step<Attention<float>>{.id = "A2",
                           .title = "fused: a running softmax, scores stay on the chip",
                           .source = "cuda/ladder/attention/a2_flash.cu",
                           .metric = {"bytes of memory per score", 24.03125, 8.03125},
                           .expected = {3, 6},
                           .compute_capability = 80,
                           .counted = true,
                           .run = attention_a2},
};

constexpr std::array kBf16Steps{
    Step<Attention<__nv_bfloat16>>{.id = "A4",
                                   .title = "tensor cores: mma.sync, ldmatrix, copies in flight",
                                   .source = "cuda/ladder/attention/a4_mma.cu",
                                   .metric = {"FMAs per multiply instruction", 32, 2048},
                                   .expected = {45, 60},
                                   .compute_capability = 80,
                                   .counted = true,
                                   .run = attention_a4},
    Step<Attention<__nv_bfloat16>>{.id = "A5",
                                   .title = "wgmma and TMA, two consumers in turn",
                                   .source = "cuda/ladder/attention/hopper/a5_wgmma.cu",
                                   .metric = {"FMAs per multiply instruction", 2048, 131072},
                                   .expected = {95, 105},
                                   .compute_capability = 90,
                                   .counted = false,
                                   .run = attention_a5},
};

constexpr std::array kFloatGradientSteps{
    Step<AttentionGradient<float>>{.id = "A1b",
                                   .title = "backward with the matrix of weights kept",
                                   .source = "cuda/ladder/attention/a1_backward.cu",
                                   .metric = {"bytes of memory per score", 44, 44},
                                   .expected = {2, 5},
                                   .compute_capability = 50,
                                   .counted = true,
                                   .run = attention_a1_backward},
    Step<AttentionGradient<float>>{.id = "A3",
                                   .title = "fused backward: weights from the log-sum-exp",
                                   .source = "cuda/ladder/attention/a3_flash_backward.cu",
                                   .metric = {"bytes of memory per score", 44, 26.15625},
                                   .expected = {3, 6},
                                   .compute_capability = 80,
                                   .counted = true,
                                   .run = attention_a3},
};

constexpr std::array kBf16GradientSteps{
    Step<AttentionGradient<__nv_bfloat16>>{.id = "A4b",
                                           .title = "backward on the tensor cores, two passes, no atomics",
                                           .source = "cuda/ladder/attention/a4_backward.cu",
                                           .metric = {"FMAs per multiply instruction", 32, 2048 * 5 / 7.0},
                                           .expected = {35, 50},
                                           .compute_capability = 80,
                                           .counted = true,
                                           .run = attention_a4_backward},
    Step<AttentionGradient<__nv_bfloat16>>{.id = "A5b",
                                           .title = "backward by wgmma and TMA, one pass, dQ added by TMA",
                                           .source = "cuda/ladder/attention/hopper/a5_backward.cu",
                                           .metric = {"FMAs per multiply instruction", 2048 * 5 / 7.0, 81920},
                                           .expected = {65, 80},
                                           .compute_capability = 90,
                                           .counted = false,
                                           .run = attention_a5_backward},
};

}  // namespace

template <>
Steps<Attention<float>> attention_steps<float>() {
  return kFloatSteps;
}

template <>
Steps<Attention<__nv_bfloat16>> attention_steps<__nv_bfloat16>() {
  return kBf16Steps;
}

template <>
Steps<AttentionGradient<float>> attention_gradient_steps<float>() {
  return kFloatGradientSteps;
}

template <>
Steps<AttentionGradient<__nv_bfloat16>> attention_gradient_steps<__nv_bfloat16>() {
  return kBf16GradientSteps;
}

}  // namespace cadena::cuda::ladder
