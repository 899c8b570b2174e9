// The steps of the attention ladder: A1 to A3 in f32 on the CUDA cores, A4 and A5 in bf16 on the tensor cores.
#pragma once

#include <cuda_bf16.h>

#include "cuda/ladder/attention/problem.h"
#include "cuda/ladder/ladder.h"

namespace cadena::cuda::ladder {

/// The forward ladder for elements of T, lowest step first: A1 and A2 for float, A4 and A5 for __nv_bfloat16.
template <class T>
Steps<Attention<T>> attention_steps();

template <>
Steps<Attention<float>> attention_steps<float>();
template <>
Steps<Attention<__nv_bfloat16>> attention_steps<__nv_bfloat16>();

/// The backward ladder for elements of T: A1b and A3 for float, A4b and A5b for __nv_bfloat16.
template <class T>
Steps<AttentionGradient<T>> attention_gradient_steps();

template <>
Steps<AttentionGradient<float>> attention_gradient_steps<float>();
template <>
Steps<AttentionGradient<__nv_bfloat16>> attention_gradient_steps<__nv_bfloat16>();

// Each step enqueues its kernels on the problem's stream; its file explains it. A depth that a step does not have
// throws CudaError: A1 takes any, A2 and A3 up to 128, A4 and A5 64 and 128.
void attention_a1(const Attention<float>& problem);
void attention_a1_backward(const AttentionGradient<float>& problem);
void attention_a2(const Attention<float>& problem);
void attention_a3(const AttentionGradient<float>& problem);
void attention_a4(const Attention<__nv_bfloat16>& problem);
void attention_a4_backward(const AttentionGradient<__nv_bfloat16>& problem);
void attention_a5(const Attention<__nv_bfloat16>& problem);
void attention_a5_backward(const AttentionGradient<__nv_bfloat16>& problem);

}  // namespace cadena::cuda::ladder
