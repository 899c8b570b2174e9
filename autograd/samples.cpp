#include "autograd/samples.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/arithmetic.h"
#include "tensor/factories.h"
#include "tensor/matmul.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// FNV-1a: a fixed function of the text, unlike std::hash.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h;
}

}  // namespace

Draw::Draw(std::string_view op) : generator_(hash(op)) {}

Tensor Draw::normal(const Shape& shape) { return cadena::normal(generator_, shape, 0, 1, Dtype::f64); }

Tensor Draw::uniform(const Shape& shape, double low, double high) {
  return cadena::uniform(generator_, shape, low, high, Dtype::f64);
}

Tensor Draw::away_from_zero(const Shape& shape, double gap) {
  std::vector<double> values = normal(shape).to_vector();
  for (double& v : values) v += v < 0 ? -gap : gap;
  return from_values(std::span<const double>(values), shape, Dtype::f64);
}

Tensor Draw::distinct(const Shape& shape, double gap) {
  const std::vector<double> keys = uniform(shape, 0, 1).to_vector();
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  std::vector<double> values(keys.size());
  const double middle = static_cast<double>(keys.size()) / 2;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {  // jitter by at most half a gap keeps them a gap apart
    values[order[rank]] = (static_cast<double>(rank) - middle) * 2 * gap + keys[rank] * gap;
  }
  return from_values(std::span<const double>(values), shape, Dtype::f64);
}

Tensor Draw::integers(const Shape& shape, i64 low, i64 high) {
  std::vector<i64> values;
  for (double u : uniform(shape, static_cast<double>(low), static_cast<double>(high)).to_vector()) {
    values.push_back(static_cast<i64>(std::floor(u)));
  }
  return from_values(std::span<const i64>(values), shape);
}

Tensor Draw::invertible(const Shape& shape) {
  const i64 n = shape[shape.rank() - 1];
  return normal(shape) + eye(n, n, Dtype::f64) * 2.0 * std::sqrt(static_cast<double>(n));
}

Tensor Draw::positive_definite(const Shape& shape) {
  const i64 n = shape[shape.rank() - 1];
  const Tensor a = normal(shape);
  return matmul(a, transpose(a)) + eye(n, n, Dtype::f64);
}

}  // namespace cadena
