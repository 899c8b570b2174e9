#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace cadena {

/// A source of random tensors. Every draw takes the next stream number, and element i of a draw is a function of
/// (seed, stream, i) alone: the same for any number of threads and on every device. Nothing reads a clock.
class Generator {
 public:
  explicit Generator(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  std::uint64_t seed() const { return seed_; }
  std::uint64_t stream() const { return stream_; }
  std::uint64_t next_stream() { return stream_++; }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

/// Uniform on [low, high). Throws DtypeError unless `dtype` is floating, ValueError unless low < high are finite.
Tensor uniform(Generator& generator, const Shape& shape, double low = 0, double high = 1, Dtype dtype = Dtype::f32);

/// Normal with the given mean and standard deviation, by Box and Muller's \f$ \sqrt{-2 \ln u_1} \cos 2 \pi u_2 \f$.
/// Throws DtypeError unless `dtype` is floating, ValueError for a negative deviation.
Tensor normal(Generator& generator, const Shape& shape, double mean = 0, double deviation = 1,
              Dtype dtype = Dtype::f32);

}  // namespace cadena
