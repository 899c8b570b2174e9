// The elementwise ladders: E, bias and GELU in one kernel or two; P, rotary embedding of positions.
#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <algorithm>

#include "cuda/ladder/ladder.h"
#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {

/// \f$ y_{rc} = \mathrm{gelu}(x_{rc} + b_c) \f$ with \f$ \mathrm{gelu}(t) = t\,(1 + \tanh u)/2 \f$ and
/// \f$ u = \sqrt{2/\pi}\,(t + 0.044715\,t^3) \f$, on row-major device matrices without gaps; any size. T is float or
/// __half; computed in f32.
template <class T>
struct BiasGelu {
  int rows = 0;
  int columns = 0;
  const T* in = nullptr;
  const T* bias = nullptr;  ///< one for each column
  T* out = nullptr;
  T* between = nullptr;  ///< room for x + b, used by E1
  cudaStream_t stream = nullptr;
};

/// \f$ y_{2i} = x_{2i} \cos a - x_{2i+1} \sin a \f$, \f$ y_{2i+1} = x_{2i} \sin a + x_{2i+1} \cos a \f$ with
/// \f$ a = p \, \text{base}^{-i / \text{pairs}} \f$ for position p (Su et al. 2021), on device arrays of sequences x
/// positions x 2 pairs without gaps; any size.
struct Rotary {
  int sequences = 0;
  int positions = 0;
  int pairs = 0;
  float base = 10000;
  const float* in = nullptr;
  float* out = nullptr;
  float* turns = nullptr;  ///< room for positions x pairs cosines and sines, used by P3
  cudaStream_t stream = nullptr;
};

/// The ladder for elements of T, lowest step first: E1 to E3 for float, E1h to E3h for __half.
template <class T>
Steps<BiasGelu<T>> bias_gelu_steps();

template <>
Steps<BiasGelu<float>> bias_gelu_steps<float>();
template <>
Steps<BiasGelu<__half>> bias_gelu_steps<__half>();

/// The ladder of rotary embedding, lowest step first.
Steps<Rotary> rotary_steps();

// Each step enqueues its kernels on the problem's stream; its file explains it. Those of bias and GELU exist for float
// and __half.
template <class T>
void bias_gelu_e1(const BiasGelu<T>& problem);
template <class T>
void bias_gelu_e2(const BiasGelu<T>& problem);
template <class T>
void bias_gelu_e3(const BiasGelu<T>& problem);
void rotary_p1(const Rotary& problem);
void rotary_p2(const Rotary& problem);
void rotary_p3(const Rotary& problem);

/// Calls `run` for slabs of rows of at most 2^30 elements, or for single rows that are longer: an unsigned index and a
/// 32-bit division find the column of any element of a slab.
template <class T, class Run>
void for_each_slab(const BiasGelu<T>& problem, Run run) {
  if (problem.columns == 0) return;
  const int most = std::max(1, (1 << 30) / problem.columns);
  for (int row = 0, rows = 0; row < problem.rows; row += rows) {
    rows = std::min(most, problem.rows - row);
    BiasGelu<T> slab = problem;
    slab.rows = rows;
    slab.in += at(row, 0, problem.columns);
    slab.out += at(row, 0, problem.columns);
    run(slab, static_cast<unsigned>(at(rows, 0, problem.columns)));
  }
}

}  // namespace cadena::cuda::ladder
