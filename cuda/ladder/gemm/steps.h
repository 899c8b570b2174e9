// The steps of the GEMM ladder: G on the CUDA cores in f32, T on the tensor cores in bf16, H with what Hopper added.
#pragma once

#include <cuda_bf16.h>

#include "cuda/ladder/gemm/problem.h"
#include "cuda/ladder/ladder.h"

namespace cadena::cuda::ladder {

/// The ladder for elements of T, lowest step first: G1 to G9 for float, T1 to T3 and H1 to H4 for __nv_bfloat16 (sums
/// in f32). Tests, benchmarks and `cadena ladder gemm` iterate over it.
template <class T>
Steps<Gemm<T>> gemm_steps();

template <>
Steps<Gemm<float>> gemm_steps<float>();
template <>
Steps<Gemm<__nv_bfloat16>> gemm_steps<__nv_bfloat16>();

// Each step enqueues its kernels on the problem's stream; its file explains it.
void gemm_g1(const Gemm<float>& problem);
void gemm_g2(const Gemm<float>& problem);
void gemm_g3(const Gemm<float>& problem);
void gemm_g4(const Gemm<float>& problem);
void gemm_g5(const Gemm<float>& problem);
void gemm_g6(const Gemm<float>& problem);
void gemm_g7(const Gemm<float>& problem);
void gemm_g8(const Gemm<float>& problem);
void gemm_g9(const Gemm<float>& problem);
void gemm_t1(const Gemm<__nv_bfloat16>& problem);
void gemm_t2(const Gemm<__nv_bfloat16>& problem);
void gemm_t3(const Gemm<__nv_bfloat16>& problem);
void gemm_h1(const Gemm<__nv_bfloat16>& problem);
void gemm_h2(const Gemm<__nv_bfloat16>& problem);
void gemm_h3(const Gemm<__nv_bfloat16>& problem);
void gemm_h4(const Gemm<__nv_bfloat16>& problem);

/// The tile shapes that G9 chooses from; their speeds are for `cadena ladder gemm --tune` to compare.
int gemm_g9_configurations();

/// G9 with tile shape number `configuration`; throws std::out_of_range beyond the last.
void gemm_g9_with(int configuration, const Gemm<float>& problem);

/// The number of the tile shape that gemm_g9 takes for an M x N product on a GPU with that many multiprocessors.
int gemm_g9_choice(int M, int N, int multiprocessors);

}  // namespace cadena::cuda::ladder
