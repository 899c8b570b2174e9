// Chapter 5: why the root, what blocks save, how depth averages, and a GPT that learns to add and to write.
#include <algorithm>
#include <cmath>

#include "cadena.h"
#include "tutorials/05_attention/adding.h"
#include "tutorials/05_attention/flash.h"
#include "tutorials/05_attention/writing.h"
#include "tutorials/support/chapter.h"

namespace cadena::tutorials {
namespace {

// Trace of the softmax's Jacobian, 1 - |p|^2, for random queries and keys, with and without the factor.
void scale(Run& run) {
  Curve with{"scores divided by sqrt(d)", {}, {}}, without{"plain scores", {}, {}};
  for (const i64 d : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512}) {
    Generator g(1);
    const Tensor k = randn(g, {64, d}, Dtype::f64), q = randn(g, {200, d}, Dtype::f64);
    const Tensor scores = matmul(q, transpose(k));
    const auto trace = [](const Tensor& s) { return mean(1 - sum(square(softmax(s, 1)), {1})).item(); };
    with.x.push_back(static_cast<double>(d)), without.x.push_back(static_cast<double>(d));
    with.y.push_back(trace(scores / std::sqrt(static_cast<double>(d)))), without.y.push_back(trace(scores));
  }
  run.curves(
      "scale",
      {.title = "Trace of the softmax's Jacobian over 64 keys", .x = "dimension d", .y = "1 - |p|²", .log_x = true},
      {with, without});
}

void traffic(Run& run) {
  constexpr i64 kDimension = 64;
  std::vector<Curve> curves{{"three kernels", {}, {}}};
  const std::vector<i64> blocks{16, 64, 256};
  for (const i64 rows : blocks) curves.push_back({fmt::format("blocks of {} rows", rows), {}, {}});
  run.section("traffic", {.tolerance = 1e-9});
  run.print("{:>10}{:>16}{:>14}{:>14}{:>15}\n", "positions", "three kernels", "16 rows", "64 rows", "256 rows");
  for (const i64 n : {64, 128, 256, 512, 1024}) {
    Generator g(2);
    const Tensor x = randn(g, {n, kDimension}, Dtype::f64);
    std::vector<double> moved{three_kernels(x, x, x).moved};
    for (const i64 rows : blocks) moved.push_back(flash_forward(x, x, x, rows).moved);
    for (std::size_t i = 0; i < moved.size(); ++i) {
      curves[i].x.push_back(static_cast<double>(n));
      curves[i].y.push_back(moved[i]);
    }
    run.print("{:>10}{:>16.0f}{:>14.0f}{:>14.0f}{:>15.0f}\n", n, moved[0], moved[1], moved[2], moved[3]);
  }
  run.curves("traffic",
             {.title = "Numbers moved by the forward pass, d = 64",
              .x = "positions",
              .y = "numbers",
              .log_x = true,
              .log_y = true},
             curves);
}

// The share of x (n, width) that is not the same at all positions.
double residual(const Tensor& x) { return (norm(x - mean(x, {0}, true)) / norm(x)).item(); }

void collapse(Run& run) {
  constexpr i64 kPositions = 32, kWidth = 64;
  constexpr int kDepth = 12;
  Generator g(3);
  const Tensor start = randn(g, {kPositions, kWidth}, Dtype::f64);
  const auto layer = [&](const Tensor& x) {
    const double deviation = 1 / std::sqrt(static_cast<double>(kWidth));
    const auto project = [&] { return matmul(x, deviation * randn(g, {kWidth, kWidth}, Dtype::f64)); };
    const Tensor q = project(), k = project(), v = project();
    return scaled_dot_product_attention(q, k, v).out;
  };
  const auto normalized = [](const Tensor& x) { return x / sqrt(mean(square(x), {1}, true)); };
  Curve pure{"attention alone", {0}, {residual(start)}}, skips{"with skip connections", {0}, {residual(start)}};
  Tensor a = start, b = start;
  for (int depth = 1; depth <= kDepth; ++depth) {
    a = layer(normalized(a));
    b = b + layer(normalized(b));
    pure.x.push_back(depth), skips.x.push_back(depth);
    pure.y.push_back(std::max(residual(a), 1e-15)), skips.y.push_back(residual(b));
  }
  run.curves(
      "collapse",
      {.title = "Share of the signal that differs between positions", .x = "layers", .y = "share", .log_y = true},
      {pure, skips});
}

}  // namespace

static void chapter(Run& run) {
  scale(run);
  traffic(run);
  collapse(run);
  learn_to_add(run);
  learn_to_write(run);
}

}  // namespace cadena::tutorials

int main(int argc, char** argv) {
  return cadena::tutorials::run(argc, argv, "05_attention", cadena::tutorials::chapter);
}
