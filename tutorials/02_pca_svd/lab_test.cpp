// The tests of lab 2: inputs, expected values and tolerances. The functions they call run in the student's process.
#include "labs/test.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "lab.h"
#include "tensor/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/linalg.h"
#include "tensor/matmul.h"
#include "tensor/norm.h"
#include "tensor/reduce.h"
#include "tensor/spectral.h"
#include "tensor/views.h"

namespace {

using namespace cadena;
using cadena::labs::Check;

const labs::Remote<decltype(lab::covariance)> covariance("covariance");
const labs::Remote<decltype(lab::eigenpair)> eigenpair("eigenpair");
const labs::Remote<decltype(lab::eigenvalues)> eigenvalues("eigenvalues");
const labs::Remote<decltype(lab::rotation)> rotation("rotation");
const labs::Remote<decltype(lab::singular_values)> singular_values("singular_values");
const labs::Remote<decltype(lab::transformed)> transformed("transformed");
const labs::Remote<decltype(lab::compressed)> compressed("compressed");
const labs::Remote<decltype(lab::spectral_gradient)> spectral_gradient("spectral_gradient");

using Numbers = std::vector<double>;

Tensor of(const Numbers& values) {
  return from_values(std::span<const double>(values), {static_cast<i64>(values.size())}, Dtype::f64);
}

Tensor random_matrix(Check& check, i64 m, i64 n) { return normal(check.random(), {m, n}, 0, 1, Dtype::f64); }

/// A random orthogonal matrix.
Tensor random_frame(Check& check, i64 n) { return qr(random_matrix(check, n, n))[0]; }

/// A symmetric matrix with these eigenvalues.
Tensor with_eigenvalues(Check& check, const Numbers& values) {
  const Tensor v = random_frame(check, static_cast<i64>(values.size()));
  return matmul(v * of(values), transpose(v));
}

// ---- 2.1

double divisor(i64 n) {
#if LAB_norm_sample
  return static_cast<double>(n - 1);
#elif LAB_norm_population
  return static_cast<double>(n);
#endif
}

void covariance_by_hand(Check& check) {
  const Tensor x = tensor({{2, 1}, {1, 2}, {-2, -1}, {-1, -2}}, Dtype::f64);
  check.near("the covariance of four points", covariance(x), tensor({{10, 8}, {8, 10}}, Dtype::f64) / divisor(4),
             1e-12);
}

void covariance_takes_the_means_out(Check& check) {
  const i64 n = 7, d = 3;
  const Tensor x = random_matrix(check, n, d) + tensor({5, -3, 100}, Dtype::f64);
  const Tensor expected = zeros({d, d}, Dtype::f64);
  for (i64 a = 0; a < d; ++a) {
    for (i64 b = 0; b < d; ++b) {
      double mean_a = 0, mean_b = 0, total = 0;
      for (i64 i = 0; i < n; ++i) mean_a += x.at({i, a}) / n, mean_b += x.at({i, b}) / n;
      for (i64 i = 0; i < n; ++i) total += (x.at({i, a}) - mean_a) * (x.at({i, b}) - mean_b);
      expected.mutable_data<double>()[a * d + b] = total / divisor(n);
    }
  }
  check.near("the covariance of columns with means", covariance(x), expected, 1e-9);
}

// ---- 2.2

Tensor next(const Tensor& a, const Tensor& x) {
#if LAB_iteration_power
  const Tensor y = matmul(a, x);
#elif LAB_iteration_inverse
  const Tensor y = matmul(inv(a), x);
#endif
  return y / norm(y);
}

void eigenpair_converges(Check& check) {
  const Tensor a = with_eigenvalues(check, {-5, 3, 2, 0.5});
  const auto [value, x] = eigenpair(a, normal(check.random(), {4}, 0, 1, Dtype::f64), 120);
#if LAB_iteration_power
  check.near("the eigenvalue of the largest absolute value", value, -5, 1e-8);
#elif LAB_iteration_inverse
  check.near("the eigenvalue of the least absolute value", value, 0.5, 1e-8);
#endif
  check.near("the length of the vector", norm(x).item(), 1, 1e-10);
  check.near("a x, which is to be value x", matmul(a, x), x * value, 1e-7);
}

void eigenpair_step_by_step(Check& check) {
  const Tensor a = with_eigenvalues(check, {4, 3, 1});
  const Tensor start = normal(check.random(), {3}, 0, 2, Dtype::f64);
  Tensor x = start / norm(start);
  for (const int steps : {1, 2, 3}) {
    x = next(a, x);
    const auto [value, got] = eigenpair(a, start, steps);
    check.near("the vector after " + std::to_string(steps) + " steps", got, x, 1e-9);
    check.near("the Rayleigh quotient", value, matmul(x, matmul(a, x)).item(), 1e-9);
  }
}

// BEGIN HIDDEN
void eigenpair_of_large_numbers(Check& check) {
#if LAB_iteration_power
  const double size = 1e12;
#elif LAB_iteration_inverse
  const double size = 1e-12;
#endif
  const Tensor a = with_eigenvalues(check, {3, 2, 1}) * size;
  const auto [value, x] = eigenpair(a, normal(check.random(), {3}, 0, 1, Dtype::f64), 60);
#if LAB_iteration_power
  check.near("the eigenvalue over 1e12", value / size, 3, 1e-6);
#elif LAB_iteration_inverse
  check.near("the eigenvalue times 1e12", value / size, 1, 1e-6);
#endif
  check.near("the length of the vector", norm(x).item(), 1, 1e-10);
}
// END HIDDEN

// ---- 2.3

void eigenvalues_converge(Check& check) {
  check.near("eigenvalues after 200 steps", eigenvalues(with_eigenvalues(check, {5, 3, 2, 1, -0.5}), 200),
             of({5, 3, 2, 1, -0.5}), 1e-8);
  check.near("eigenvalues of a diagonal matrix", eigenvalues(tensor({{1, 0}, {0, 4}}, Dtype::f64), 1), of({4, 1}),
             1e-12);
}

void eigenvalues_step_by_step(Check& check) {
  const Tensor a = with_eigenvalues(check, {5, 3, 1});
  for (const int steps : {1, 2}) {
    Tensor now = a;
    for (int t = 0; t < steps; ++t) {
      const auto [q, r] = qr(now);
      now = matmul(transpose(q), matmul(now, q));
    }
    Numbers expected{now.at({0, 0}), now.at({1, 1}), now.at({2, 2})};
    std::sort(expected.rbegin(), expected.rend());
    check.near("the diagonal after " + std::to_string(steps) + " steps", eigenvalues(a, steps), of(expected), 1e-9);
  }
}

// ---- 2.4

void check_rotation(Check& check, const Tensor& a, const Tensor& b) {
  const auto [c, s] = rotation(a, b);
  check.near("c^2 + s^2", c * c + s * s, 1, 1e-12);
  check.that("the angle", std::abs(s) <= c + 1e-12, "45 degrees at most", "c = " + to_text(c) + ", s = " + to_text(s));
  const double size = norm(a).item() * norm(b).item();
  check.near("the cosine of the angle between the rotated columns", matmul(a * c - b * s, a * s + b * c).item() / size,
             0, 1e-11);
}

void rotation_makes_orthogonal(Check& check) {
  for (int trial = 0; trial < 4; ++trial) {
    const Tensor a = normal(check.random(), {5}, 0, 1, Dtype::f64), b = normal(check.random(), {5}, 0, 2, Dtype::f64);
    check_rotation(check, a, b);
    check_rotation(check, b, a);
  }
  check_rotation(check, tensor({1, 1, 0}, Dtype::f64), tensor({1, 0, 1}, Dtype::f64));  // of equal length
}

void rotation_of_nearly_orthogonal_columns(Check& check) {
  const auto [c, s] = rotation(tensor({1, 0}, Dtype::f64), tensor({0, 2}, Dtype::f64));
  check.near("{c, s} of orthogonal columns", Numbers{c, s}, Numbers{1, 0}, 0);
  // gamma = 1e-9, zeta = 1.5e9: t is 1 / (2 zeta); the other form of the root cancels.
  const auto [c2, s2] = rotation(tensor({1, 0}, Dtype::f64), tensor({1e-9, 2}, Dtype::f64));
  check.near("s / c times 1e9 of columns that are nearly orthogonal", s2 / c2 * 1e9, 1.0 / 3, 1e-6);
}

// ---- 2.5

void singular_values_of_random_matrices(Check& check) {
  for (const auto& [m, n] : {std::pair<i64, i64>{5, 5}, {8, 3}, {4, 1}}) {
    const Tensor a = random_matrix(check, m, n);
    check.near("singular values of a " + to_string(a.shape()), singular_values(a), svdvals(a), 1e-9);
  }
}

void tiny_singular_values(Check& check) {
  const Numbers values{1, 1e-3, 1e-10};
  const Tensor u = slice(random_frame(check, 5), 1, {.stop = 3});
  const Tensor got = singular_values(matmul(u * of(values), random_frame(check, 3)));
  check.equal("the shape of the singular values", got.shape(), Shape{3});
  check.near("the singular values over {1, 1e-3, 1e-10}", got / of(values), ones({3}, Dtype::f64), 1e-4);
}

// ---- 2.6

Tensor expected_transformed(const Tensor& x, i64 k) {
  const Tensor centre = mean(x, 0, true), centred = x - centre;
  const auto [values, v] = eigh(matmul(transpose(centred), centred) / static_cast<double>(x.size(0) - 1));
  const i64 d = x.size(1);
  Tensor result = zeros_like(x);
  for (i64 i = d - k; i < d; ++i) {
    const Tensor direction = reshape(slice(v, 1, {.start = i, .stop = i + 1}), {d});
    const Tensor part = unsqueeze(matmul(centred, direction), 1) * direction;
#if LAB_output_reconstruction
    result = result + part;
#elif LAB_output_whitened
    result = result + part / std::sqrt(values.at({i}));
#endif
  }
#if LAB_output_reconstruction
  return result + centre;
#elif LAB_output_whitened
  return result;
#endif
}

void transformed_by_all_components(Check& check) {
  const Tensor x = random_matrix(check, 12, 4) * tensor({3, 2, 1, 0.5}, Dtype::f64) + 5;
  check.near("the samples from all components", transformed(x, 4), expected_transformed(x, 4), 1e-8);
  const double left_out = norm(transformed(x, 2) - x).item();  // all components may be just the samples
  check.that("what two components leave out of the samples", left_out > 0.5, "more than 0.5", to_text(left_out));
}

void transformed_by_some_components(Check& check) {
  for (const i64 k : {1, 2}) {
    const Tensor x = random_matrix(check, 15, 4) * tensor({1, 4, 2, 0.5}, Dtype::f64) - 3;
    check.near("the samples from " + std::to_string(k) + " components", transformed(x, k), expected_transformed(x, k),
               1e-8);
  }
}

// ---- 2.7

void compression_is_the_best(Check& check) {
  for (const auto& [m, n, k] : {std::array<i64, 3>{6, 4, 2}, {3, 7, 1}, {5, 5, 5}}) {
    const Tensor w = random_matrix(check, m, n);
    const auto [left, right] = compressed(w, k);
    check.equal("the shape of the first factor", left.shape(), Shape{m, k});
    check.equal("the shape of the second factor", right.shape(), Shape{k, n});
    const Tensor values = svdvals(w);
    double lost = 0;
    for (i64 i = k; i < values.numel(); ++i) lost += values.at({i}) * values.at({i});
    check.near("the error of a product of rank " + std::to_string(k), norm(matmul(left, right) - w).item(),
               std::sqrt(lost), 1e-7);
  }
}

// ---- 2.8

double phi(const Tensor& a) {
  double total = 0;
  for (const double value : eigvalsh(a).to_vector()) {
#if LAB_function_exp
    total += std::exp(value);
#elif LAB_function_log
    total += std::log(value);
#endif
  }
  return total;
}

void check_gradient(Check& check, const std::string& what, const Tensor& a) {
  constexpr double kStep = 1e-4;
  const Tensor g = spectral_gradient(a);
  check.equal("the shape of the gradient", g.shape(), a.shape());
  for (int trial = 0; trial < 4; ++trial) {
    const Tensor r = random_matrix(check, a.size(0), a.size(0)), direction = r + transpose(r);
    const double slope = (phi(a + direction * kStep) - phi(a - direction * kStep)) / (2 * kStep);
    check.near("the slope of phi " + what + ", <G, da>", sum(g * direction).item(), slope, 1e-5);
  }
  check.near("G - G^T", g - transpose(g), zeros_like(g), 1e-10);
}

void spectral_gradient_values(Check& check) {
  check_gradient(check, "in a random direction", with_eigenvalues(check, {2, 1, 0.5, 0.3}));
}

void spectral_gradient_at_repeated_eigenvalues(Check& check) {
  check_gradient(check, "at the identity", eye(3, 3, Dtype::f64));
  check_gradient(check, "where two eigenvalues are equal", with_eigenvalues(check, {1.5, 1.5, 0.5}));
}

}  // namespace

int main(int argc, char** argv) {
  return cadena::labs::run(argc, argv,
                           {{"Covariance.ByHand", covariance_by_hand},
                            {"Covariance.MeansAreTakenOut", covariance_takes_the_means_out},
                            {"Eigenpair.Converges", eigenpair_converges},
                            {"Eigenpair.StepByStep", eigenpair_step_by_step},
                            // BEGIN HIDDEN
                            {"Eigenpair.LargeNumbers", eigenpair_of_large_numbers},
                            // END HIDDEN
                            {"Eigenvalues.Converge", eigenvalues_converge},
                            {"Eigenvalues.StepByStep", eigenvalues_step_by_step},
                            {"Rotation.MakesOrthogonal", rotation_makes_orthogonal},
                            {"Rotation.SmallAngles", rotation_of_nearly_orthogonal_columns},
                            {"SingularValues.Values", singular_values_of_random_matrices},
                            {"SingularValues.TinyOnes", tiny_singular_values},
                            {"Transformed.AllComponents", transformed_by_all_components},
                            {"Transformed.SomeComponents", transformed_by_some_components},
                            {"Compressed.IsTheBest", compression_is_the_best},
                            {"SpectralGradient.Values", spectral_gradient_values},
                            {"SpectralGradient.RepeatedEigenvalues", spectral_gradient_at_repeated_eigenvalues}});
}
