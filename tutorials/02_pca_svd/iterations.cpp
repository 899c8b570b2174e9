#include "tutorials/02_pca_svd/iterations.h"

#include <algorithm>
#include <cmath>

#include "cadena.h"

namespace cadena::tutorials {
namespace {

double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }

}  // namespace

std::vector<Tensor> power_iteration(const Tensor& a, const Tensor& start, int steps) {
  std::vector<Tensor> iterates{start / norm(start)};
  for (int t = 0; t < steps; ++t) {
    const Tensor next = matmul(a, iterates.back());
    iterates.push_back(next / norm(next));
  }
  return iterates;
}

std::vector<Tensor> qr_iteration(const Tensor& a, int steps) {
  std::vector<Tensor> iterates{a};
  for (int t = 0; t < steps; ++t) {
    const auto [q, r] = qr(iterates.back());
    iterates.push_back(matmul(r, q));
  }
  return iterates;
}

//! [jacobi]
Rotation jacobi_rotation(const Tensor& a, const Tensor& b) {
  const double alpha = dot(a, a), beta = dot(b, b), gamma = dot(a, b);
  if (gamma == 0) return {1, 0};
  const double zeta = (beta - alpha) / (2 * gamma);
  const double t = std::copysign(1.0, zeta) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
  const double c = 1 / std::sqrt(1 + t * t);
  return {c, c * t};
}

JacobiSvd jacobi_svd(const Tensor& a, double tolerance, int most_sweeps) {
  const i64 n = a.size(1);
  std::vector<Tensor> columns = unbind(copy(transpose(a)), 0), frame = unbind(eye(n, -1, Dtype::f64), 0);
  const auto rotate = [](std::vector<Tensor>& x, std::size_t p, std::size_t q, Rotation r) {
    const Tensor xp = x[p], xq = x[q];
    x[p] = r.c * xp - r.s * xq;
    x[q] = r.s * xp + r.c * xq;
  };
  JacobiSvd result;
  do {
    double largest = 0;  // cosine between two columns, before their rotation
    for (std::size_t p = 0; p < columns.size(); ++p) {
      for (std::size_t q = p + 1; q < columns.size(); ++q) {
        const double cosine =
            std::abs(dot(columns[p], columns[q])) / (norm(columns[p]).item() * norm(columns[q]).item());
        largest = std::max(largest, cosine);
        if (cosine < tolerance) continue;
        const Rotation rotation = jacobi_rotation(columns[p], columns[q]);
        rotate(columns, p, q, rotation);
        rotate(frame, p, q, rotation);
      }
    }
    result.cosines.push_back(largest);
  } while (result.cosines.back() >= tolerance && static_cast<int>(result.cosines.size()) < most_sweeps);
  //! [jacobi]

  const Tensor us = transpose(stack(columns, 0)), s = norm(us, {0});
  const auto [sorted, order] = sort(s, 0, true);
  result.s = sorted;
  result.u = index_select(us, order, 1) / sorted;
  result.v = index_select(transpose(stack(frame, 0)), order, 1);
  return result;
}

}  // namespace cadena::tutorials
