#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace cadena {

/// A source of random tensors. Every draw takes the next stream number, and element i of a draw is a function of
/// (seed, stream, i) alone: the same for any number of threads and on every device. Nothing reads a clock. Seed and
/// stream are its whole state: `Generator(g.seed(), g.stream())` continues where g stands.
class Generator {
 public:
  /// Draws of this seed, beginning with this stream.
  explicit Generator(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  /// The seed it was made with.
  std::uint64_t seed() const { return seed_; }
  /// The stream number that the next draw takes.
  std::uint64_t stream() const { return stream_; }
  /// Takes a stream number, so that no draw of this generator will use it.
  std::uint64_t next_stream() { return stream_++; }

  /// The state as an i64 tensor (2,), to be saved with a model; `restore` continues from it.
  Tensor state() const;
  /// The generator whose state was saved. Throws ShapeError or DtypeError unless `state` is i64 of shape (2,).
  static Generator restore(const Tensor& state);

  /// Equal in seed and stream: their draws from now on are the same.
  friend bool operator==(const Generator&, const Generator&) = default;

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

/// Uniform on [low, high): `high` itself never occurs, in no dtype. Throws DtypeError unless `dtype` is floating,
/// ValueError unless low < high are finite in it and a number of the dtype lies between them.
Tensor uniform(Generator& generator, const Shape& shape, double low = 0, double high = 1, Dtype dtype = Dtype::f32,
               Device device = Device::cpu());

/// Normal with the given mean and standard deviation, by Box and Muller's \f$ \sqrt{-2 \ln u_1} \cos 2 \pi u_2 \f$;
/// always finite. Throws DtypeError unless `dtype` is floating, ValueError for a negative deviation or one that leads
/// past the largest number of the dtype.
Tensor normal(Generator& generator, const Shape& shape, double mean = 0, double deviation = 1, Dtype dtype = Dtype::f32,
              Device device = Device::cpu());

/// Normal with the given mean and standard deviation on condition that it lies in [low, high], where either may be
/// infinite. Throws DtypeError unless `dtype` is floating, ValueError unless low < high and deviation > 0, where
/// `normal` would, and for an interval so far from the mean that f64 cannot count the deviations.
Tensor truncated_normal(Generator& generator, const Shape& shape, double mean = 0, double deviation = 1,
                        double low = -2, double high = 2, Dtype dtype = Dtype::f32, Device device = Device::cpu());

/// Uniform integers in [low, high), i64. Throws ValueError unless low < high.
Tensor randint(Generator& generator, const Shape& shape, i64 low, i64 high, Device device = Device::cpu());

/// 1 with probability p, 0 otherwise: exactly never for p = 0 and always for p = 1. Throws ValueError unless
/// 0 <= p <= 1.
Tensor bernoulli(Generator& generator, const Shape& shape, double p, Dtype dtype = Dtype::boolean,
                 Device device = Device::cpu());

/// True with probability p_i at each element i. Throws DtypeError unless p is floating, ValueError naming the first
/// element outside [0, 1].
Tensor bernoulli(Generator& generator, const Tensor& p);

/// One index a row, drawn with probabilities proportional to the weights in the row: (…, k) -> (…), i64. Throws
/// DtypeError unless the weights are floating, ShapeError for rank 0, ValueError naming the first row that has a
/// negative, infinite or NaN weight, an infinite sum or nothing but zeros.
Tensor categorical(Generator& generator, const Tensor& weights);

/// The same with `draws` independent draws a row, with replacement: (…, k) -> (…, draws).
Tensor categorical(Generator& generator, const Tensor& weights, i64 draws);

/// The integers 0 … n - 1 in random order, all n! orders being equally likely, (n,), i64. Throws ValueError for n < 0.
Tensor permutation(Generator& generator, i64 n, Device device = Device::cpu());

/// `uniform` on [0, 1).
inline Tensor rand(Generator& generator, const Shape& shape, Dtype dtype = Dtype::f32, Device device = Device::cpu()) {
  return uniform(generator, shape, 0, 1, dtype, device);
}

/// `normal` with mean 0 and deviation 1.
inline Tensor randn(Generator& generator, const Shape& shape, Dtype dtype = Dtype::f32, Device device = Device::cpu()) {
  return normal(generator, shape, 0, 1, dtype, device);
}

}  // namespace cadena
