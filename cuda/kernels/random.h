#pragma once

#include <cstdint>

#include "tensor/base/scalar_random.h"
#include "tensor/base/view.h"

namespace cadena::cuda {

/// Kernels that draw: y is row-major, and y[i] is the same function of (seed, stream, i) as on the CPU. Those that
/// return a number wait for the device.
using Seed = std::uint64_t;

void uniform(const View& y, Seed seed, Seed stream, scalar::UniformDraw draw);

void normal(const View& y, Seed seed, Seed stream, scalar::NormalDraw draw);

/// Normal within `bounds`; after rounding to y's dtype still within `rounded`.
void truncated_normal(const View& y, Seed seed, Seed stream, scalar::NormalDraw draw, scalar::Bounds bounds,
                      scalar::Bounds rounded);

void randint(const View& y, Seed seed, Seed stream, scalar::IntegerDraw draw);

void bernoulli(const View& y, Seed seed, Seed stream, double p);

/// The same with the seed and the stream in `state`, i64 (2,); `next`, i64 (2,), becomes the state that follows.
void bernoulli_from(const View& y, const View& next, const View& state, double p);

/// y[i] true with probability p[i]; p is row-major.
void bernoulli_each(const View& y, const View& p, Seed seed, Seed stream);

/// The first element of row-major p outside [0, 1], or -1.
i64 first_non_probability(const View& p);

/// y: `draws` indices for each row of the row-major weights.
void categorical(const View& y, const View& weights, i64 draws, Seed seed, Seed stream);

/// The first row of row-major weights whose sum is not positive and finite or that has a negative weight, or -1.
i64 first_row_without_distribution(const View& weights);

/// y: 0 … n - 1, sorted by 128 random bits each.
void permutation(const View& y, Seed seed, Seed stream);

}  // namespace cadena::cuda
