// Rows as the kernels of chapter 7 treat them, in plain C++: sums in the order of 256 threads, maximum and sum of
// exponentials in one pass.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace cadena::tutorials {

//! [part]
/// The largest logit of a part of a row, and the sum of e^(x - m) over the part.
struct Part {
  double m = -std::numeric_limits<double>::infinity(), s = 0;
};

/// e^(from - to); 1 where both are -inf, for then nothing was met yet.
inline double rescale(double from, double to) { return from == to ? 1 : std::exp(from - to); }

/// The part that holds the logits of both.
inline Part merge(Part a, Part b) {
  const double m = std::fmax(a.m, b.m);
  return {m, a.s * rescale(a.m, m) + b.s * rescale(b.m, m)};
}
//! [part]

/// Sums in f32, as `threads` threads add them up: each its share one after the other, then all by halves.
inline float shared_sum(const std::vector<float>& x, std::size_t threads) {
  std::vector<float> sum(threads, 0.0f);
  for (std::size_t i = 0; i < x.size(); ++i) sum[i % threads] += x[i];
  for (std::size_t half = threads / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) sum[i] += sum[i + half];
  }
  return sum[0];
}

/// The roundings on the way of a term into a sum of n by `threads` threads.
inline double sum_depth(std::size_t n, std::size_t threads) {
  return std::ceil(static_cast<double>(n) / static_cast<double>(threads)) - 1 + std::log2(threads);
}

/// \f$ \gamma_h = h u / (1 - h u) \f$ for f32, u = 2^-24: what h roundings in a row may do, relatively.
inline double gamma_f32(double h) { return h * 0x1p-24 / (1 - h * 0x1p-24); }

/// The variance in f32, around the mean (two passes) or as the mean of squares less the square of the mean (one).
inline double variance_f32(const std::vector<float>& x, bool two_passes, std::size_t threads = 256) {
  const float n = static_cast<float>(x.size()), mean = shared_sum(x, threads) / n;
  std::vector<float> squares(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float d = two_passes ? x[i] - mean : x[i];
    squares[i] = d * d;
  }
  const float mean_of_squares = shared_sum(squares, threads) / n;
  // Product and difference rounded once, as nvcc makes of them; without std::fma a compiler chooses.
  return two_passes ? mean_of_squares : std::fma(-mean, mean, mean_of_squares);
}

}  // namespace cadena::tutorials
