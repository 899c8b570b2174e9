// The claims of chapter 7 about layer norm.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "cadena.h"
#include "tutorials/06_gemm/warp.h"
#include "tutorials/07_softmax_attention/rows.h"
#include "tutorials/support/claim.h"

namespace cadena::tutorials {
namespace {

TEST(RowKernels, OnePassVarianceCancels) {
  Claim claim("7.11");
  const std::size_t n = 4096;
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 1);
  double error = 0, variance = 0;
  const double gamma = gamma_f32(3 * sum_depth(n, 256) + 6);
  for (const double mean : {0.0, 10.0, 1000.0}) {
    std::vector<float> x(n);
    for (float& v : x) v = static_cast<float>(mean + normal(random));
    double exact_mean = 0;
    for (const float v : x) exact_mean += v / static_cast<double>(n);
    variance = 0;
    for (const float v : x) variance += (v - exact_mean) * (v - exact_mean) / static_cast<double>(n);
    error = std::fabs(variance_f32(x, false) - variance);
    claim.bound(error, gamma * (exact_mean * exact_mean + variance));
    claim.bound(std::fabs(variance_f32(x, true) - variance), gamma * variance);  // two passes: no mean in it
  }
  claim.rejects_bound("as-good-as-two-passes", error, gamma * variance);
}

// The formula, from numbers that the forward pass left; (rows, columns) each.
struct Slopes {
  Tensor x, weight, bias;
};
Slopes layer_norm_slopes(const Tensor& x, const Tensor& weight, const Tensor& dy, double eps, bool of_mean,
                         bool of_variance) {
  const Tensor centred = x - mean(x, {1}, true);
  const Tensor rstd = 1.0 / sqrt(mean(centred * centred, {1}, true) + eps);
  const Tensor normalized = centred * rstd, g = dy * weight;
  Tensor inner = g;
  if (of_mean) inner = inner - mean(g, {1}, true);
  if (of_variance) inner = inner - normalized * mean(g * normalized, {1}, true);
  return {rstd * inner, sum(dy * normalized, {0}), sum(dy, {0})};
}

Tensor normal(std::uint64_t seed, const Shape& shape) {
  Generator g(seed);
  return randn(g, shape, Dtype::f64);
}

TEST(RowKernels, LayerNormGradient) {
  Claim claim("7.12");
  const double eps = 1e-5;
  for (const i64 columns : {2, 5, 33}) {
    const Tensor x = normal(1, {4, columns}), weight = normal(2, {columns}), dy = normal(3, {4, columns});
    const Variable vx = parameter(x), vw = parameter(weight), vb = parameter(normal(4, {columns}));
    const Variable centred = vx - mean(vx, {1}, true);
    const Variable y = centred / sqrt(mean(square(centred), {1}, true) + eps) * vw + vb;
    const auto expected = grad(y, {vx, vw, vb}, {.cotangent = Variable(dy)});
    const Slopes s = layer_norm_slopes(x, weight, dy, eps, true, true);
    claim.identity(s.x, expected[0].value(), 1e-10);
    claim.identity(s.weight, expected[1].value(), 1e-10);
    claim.identity(s.bias, expected[2].value(), 1e-10);
    if (columns < 33) continue;
    claim.rejects("mean-held-fixed", layer_norm_slopes(x, weight, dy, eps, false, true).x, expected[0].value());
    claim.rejects("variance-held-fixed", layer_norm_slopes(x, weight, dy, eps, true, false).x, expected[0].value());
  }
}

// Bytes an element of LB3 for R rows of n in slabs of r, request by request: a warp asks for 32 x 4 bytes at once, or
// for one number for all its lanes, which costs a sector.
double bytes_of_one_read(int R, int n, int r) {
  const int request = kSectorBytes * sectors([](int lane) { return std::int64_t{4} * lane; });
  double bytes = 0;
  for (int slab = 0; slab < R / r; ++slab) {
    for (int c = 0; c < n; c += kLanes) bytes += request;  // w
    for (int row = 0; row < r; ++row) {
      for (int warp = 0; warp < 8; ++warp) bytes += 2 * kSectorBytes;      // mean and rstd
      for (int c = 0; c < n; c += kLanes) bytes += 2 * request + request;  // dy, x; dx
    }
    for (int c = 0; c < n; c += kLanes) bytes += 2 * request;  // its sums are stored
    for (int c = 0; c < n; c += kLanes) bytes += 2 * request;  // and read again
  }
  for (int c = 0; c < n; c += kLanes) bytes += 2 * request;  // dw, db
  return bytes / (static_cast<double>(R) * n);
}

TEST(RowKernels, BytesOfOneRead) {
  Claim claim("7.13");
  const auto formula = [](double R, double n, double r) { return 12 + 20 / r + 512 / n + 8 / R; };
  claim.identity(bytes_of_one_read(64, 1024, 32), 13.25, 1e-12);
  for (const int n : {256, 1024, 4096}) {
    claim.identity(bytes_of_one_read(128, n, 32), formula(128, n, 32), 1e-12);
    claim.identity(bytes_of_one_read(512, n, 64), formula(512, n, 64), 1e-12);
  }
  claim.rejects("statistics-are-free", formula(64, 1024, 32) - 0.5, bytes_of_one_read(64, 1024, 32));
}

}  // namespace
}  // namespace cadena::tutorials
