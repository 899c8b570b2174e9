// The ladders of layer norm: forward L1 to L4, backward LB1 to LB3.
#pragma once

#include <cuda_runtime.h>

#include "cuda/ladder/ladder.h"
#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {

/// \f$ y_{rc} = \hat x_{rc} w_c + b_c \f$ with \f$ \hat x_{rc} = (x_{rc} - \mu_r) \rho_r \f$, the mean
/// \f$ \mu_r = \frac1n \sum_c x_{rc} \f$ and \f$ \rho_r = (\frac1n \sum_c (x_{rc} - \mu_r)^2 + \epsilon)^{-1/2} \f$, on
/// row-major device matrices of n columns without gaps; any size. Where n is 0 nothing is written.
struct LayerNorm {
  int rows = 0;
  int columns = 0;
  float eps = 1e-5f;
  const float* x = nullptr;
  const float* weight = nullptr;  ///< w, one for each column
  const float* bias = nullptr;    ///< b, one for each column
  float* y = nullptr;
  float* mean = nullptr;  ///< \f$ \mu \f$, one for each row
  float* rstd = nullptr;  ///< \f$ \rho \f$, one for each row
  cudaStream_t stream = nullptr;
};

/// How many slabs of rows the backward steps may cut a matrix into.
inline constexpr int kLayerNormSlabs = 256;

/// How many rows a slab has: `least`, or more where that would make too many slabs.
constexpr int layer_norm_slab_rows(int rows, int least) {
  const int needed = tiles(rows, kLayerNormSlabs);
  return needed > least ? needed : least;
}

/// The cotangents of x, w and b from that of y. With \f$ g = dy \, w \f$ and means over the columns of a row:
/// \f$ dx = \rho \, (g - \overline{g} - \hat x \, \overline{g \hat x}) \f$,
/// \f$ dw_c = \sum_r dy_{rc} \hat x_{rc} \f$, \f$ db_c = \sum_r dy_{rc} \f$.
struct LayerNormGradient {
  int rows = 0;
  int columns = 0;
  const float* dy = nullptr;
  const float* x = nullptr;
  const float* weight = nullptr;
  const float* mean = nullptr;  ///< what the forward pass left
  const float* rstd = nullptr;
  float* dx = nullptr;
  float* dweight = nullptr;
  float* dbias = nullptr;
  float* slabs = nullptr;  ///< room for 2 x kLayerNormSlabs x columns, used from LB2 on
  cudaStream_t stream = nullptr;
};

/// The ladder forward, lowest step first.
Steps<LayerNorm> layer_norm_steps();
/// The ladder backward, lowest step first.
Steps<LayerNormGradient> layer_norm_gradient_steps();

// Each step enqueues its kernels on the problem's stream; its file explains it.
void layer_norm_l1(const LayerNorm& problem);
void layer_norm_l2(const LayerNorm& problem);
void layer_norm_l3(const LayerNorm& problem);
void layer_norm_l4(const LayerNorm& problem);
void layer_norm_lb1(const LayerNormGradient& problem);
void layer_norm_lb2(const LayerNormGradient& problem);
void layer_norm_lb3(const LayerNormGradient& problem);

}  // namespace cadena::cuda::ladder
