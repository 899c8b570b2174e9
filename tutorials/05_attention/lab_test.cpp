// The tests of lab 5: inputs, expected values and tolerances. The functions they call run in the student's process.
// Expected values are sums written out number by number, and differences of these.
#include "labs/test.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <limits>

#include "lab.h"
#include "tensor/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

namespace {

using namespace cadena;
using cadena::labs::Check;

const labs::Remote<decltype(lab::masked_softmax)> masked_softmax("masked_softmax");
const labs::Remote<decltype(lab::softmax_vjp)> softmax_vjp("softmax_vjp");
const labs::Remote<decltype(lab::attend)> attend("attend");
const labs::Remote<decltype(lab::attend_vjp)> attend_vjp("attend_vjp");
const labs::Remote<decltype(lab::split)> split("split");
const labs::Remote<decltype(lab::rotated)> rotated("rotated");
const labs::Remote<decltype(lab::blockwise)> blockwise("blockwise");

using Numbers = std::vector<double>;
constexpr double kHidden = -std::numeric_limits<double>::infinity();

Tensor of(const Numbers& values, const Shape& shape) {
  return from_values(std::span<const double>(values), shape, Dtype::f64);
}
Tensor random_matrix(Check& check, i64 m, i64 n, double size = 1) {
  return normal(check.random(), {m, n}, 0, size, Dtype::f64);
}

bool seen(i64 i, i64 j, i64 queries, i64 keys) {
  const i64 distance = i + keys - queries - j;
#if LAB_mask_causal
  return distance >= 0;
#elif LAB_mask_window
  return distance >= 0 && distance < 3;
#endif
}

/// The weights of one row of scores.
Numbers weights(const Numbers& scores) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  Numbers result(scores.size(), 0);
  if (largest == kHidden) return result;
  double total = 0;
  for (const double s : scores) total += std::exp(s - largest);
  for (std::size_t j = 0; j < scores.size(); ++j) result[j] = std::exp(scores[j] - largest) / total;
  return result;
}

Tensor expected_softmax(const Tensor& scores) {
  const Numbers all = scores.to_vector();
  const auto m = static_cast<std::ptrdiff_t>(scores.size(1));
  Numbers result;
  for (auto row = all.begin(); row != all.end(); row += m) {
    for (const double p : weights(Numbers(row, row + m))) result.push_back(p);
  }
  return of(result, scores.shape());
}

Tensor expected_attention(const Tensor& q, const Tensor& k, const Tensor& v, bool masked = true) {
  const i64 queries = q.size(0), keys = k.size(0), d = q.size(1), e = v.size(1);
  const Numbers qs = q.to_vector(), ks = k.to_vector(), vs = v.to_vector();
  Numbers result;
  for (i64 i = 0; i < queries; ++i) {
    Numbers scores;
    for (i64 j = 0; j < keys; ++j) {
      double score = 0;
      for (i64 c = 0; c < d; ++c)
        score += qs[static_cast<std::size_t>(i * d + c)] * ks[static_cast<std::size_t>(j * d + c)];
      scores.push_back(!masked || seen(i, j, queries, keys) ? score / std::sqrt(static_cast<double>(d)) : kHidden);
    }
    const Numbers p = weights(scores);
    for (i64 c = 0; c < e; ++c) {
      double out = 0;
      for (i64 j = 0; j < keys; ++j) out += p[static_cast<std::size_t>(j)] * vs[static_cast<std::size_t>(j * e + c)];
      result.push_back(out);
    }
  }
  return of(result, {queries, e});
}

/// Central differences of the sixth order.
Tensor slopes(const std::function<double(const Tensor&)>& f, const Tensor& x) {
  constexpr double kStep = 1e-2;
  const Tensor result = zeros_like(x);
  for (i64 a = 0; a < x.numel(); ++a) {
    const auto at = [&](int steps) {
      const Tensor moved = copy(x);
      moved.mutable_data<double>()[a] += steps * kStep;
      return f(moved);
    };
    result.mutable_data<double>()[a] = (45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + (at(3) - at(-3))) / (60 * kStep);
  }
  return result;
}

// ---- 5.1

void softmax_values(Check& check) {
  const Tensor scores = copy(random_matrix(check, 4, 5));
  scores.mutable_data<double>()[3] = kHidden;
  scores.mutable_data<double>()[7] = kHidden;
  check.near("the weights, two of them hidden", masked_softmax(scores), expected_softmax(scores), 1e-12);
}

void softmax_of_large_scores(Check& check) {
  const Tensor scores = tensor({{1000, 999, -1000}, {-1000, -1001, -1000}}, Dtype::f64);
  check.near("the weights of scores of 1000", masked_softmax(scores), expected_softmax(scores), 1e-12);
}

void softmax_of_hidden_rows(Check& check) {
  const Tensor scores = of({kHidden, kHidden, kHidden, 1, kHidden, 2}, {2, 3});
  check.near("the weights where a row is hidden", masked_softmax(scores), expected_softmax(scores), 1e-12);
}

// ---- 5.2

void softmax_vjp_values(Check& check) {
  for (const i64 m : {2, 6}) {
    const Tensor scores = random_matrix(check, 3, m), dp = random_matrix(check, 3, m);
    const auto f = [&](const Tensor& s) { return sum(expected_softmax(s) * dp).item(); };
    check.near("the cotangent of " + std::to_string(m) + " scores a row", softmax_vjp(expected_softmax(scores), dp),
               slopes(f, scores), 1e-8);
  }
}

// ---- 5.3

void attend_by_hand(Check& check) {
  const Tensor q = tensor({{1, 0}}, Dtype::f64), k = tensor({{0, 1}, {1, 0}}, Dtype::f64),
               v = tensor({{20}, {10}}, Dtype::f64);
  check.near("the output of one query", attend(q, k, v), tensor({{13.3024}}, Dtype::f64), 1e-5);
}

void attend_values(Check& check) {
  for (const auto& [s, t] : {std::pair<i64, i64>{4, 4}, {2, 6}, {6, 6}}) {
    const Tensor q = random_matrix(check, s, 3), k = random_matrix(check, t, 3), v = random_matrix(check, t, 2);
    check.near("the outputs of " + std::to_string(s) + " queries and " + std::to_string(t) + " keys", attend(q, k, v),
               expected_attention(q, k, v), 1e-10);
  }
}

// BEGIN HIDDEN
void attend_of_blind_queries(Check& check) {
  const Tensor q = random_matrix(check, 5, 3), k = random_matrix(check, 2, 3), v = random_matrix(check, 2, 2);
  check.near("the outputs where the first queries see no key", attend(q, k, v), expected_attention(q, k, v), 1e-10);
}
// END HIDDEN

// ---- 5.4

void check_vjp(Check& check, i64 s, i64 t) {
  const Tensor q = random_matrix(check, s, 4), k = random_matrix(check, t, 4), v = random_matrix(check, t, 3);
  const Tensor dout = random_matrix(check, s, 3);
  const auto [dq, dk, dv] = attend_vjp(q, k, v, dout);
  const auto value = [&](const Tensor& a, const Tensor& b, const Tensor& c) {
    return sum(expected_attention(a, b, c) * dout).item();
  };
  check.near("dq", dq, slopes([&](const Tensor& x) { return value(x, k, v); }, q), 1e-7);
  check.near("dk", dk, slopes([&](const Tensor& x) { return value(q, x, v); }, k), 1e-7);
  check.near("dv", dv, slopes([&](const Tensor& x) { return value(q, k, x); }, v), 1e-7);
}

void attend_vjp_values(Check& check) {
  check_vjp(check, 4, 4);
  check_vjp(check, 2, 5);
}

// BEGIN HIDDEN
void attend_vjp_of_blind_queries(Check& check) { check_vjp(check, 5, 3); }
// END HIDDEN

// ---- 5.5

void split_values(Check& check) {
  for (const auto& [n, heads, d] : {std::array<i64, 3>{3, 2, 4}, {2, 3, 3}, {5, 1, 2}}) {
    const Tensor x = random_matrix(check, n, heads * d);
    const Tensor expected = zeros({heads, n, d}, Dtype::f64);
    for (i64 a = 0; a < heads; ++a) {
      for (i64 i = 0; i < n; ++i) {
        for (i64 c = 0; c < d; ++c) {
#if LAB_layout_blocks
          const i64 column = a * d + c;
#elif LAB_layout_strided
          const i64 column = a + heads * c;
#endif
          expected.mutable_data<double>()[(a * n + i) * d + c] = x.at({i, column});
        }
      }
    }
    check.near(std::to_string(heads) + " heads of " + to_string(x.shape()), split(x, heads), expected, 0);
  }
}

// ---- 5.6

Tensor expected_rotated(const Tensor& x, i64 first) {
  const Tensor result = copy(x);
  const i64 n = x.size(0), d = x.size(1);
  for (i64 r = 0; r < n; ++r) {
    for (i64 i = 0; i < d / 2; ++i) {
#if LAB_pairs_halves
      const i64 a = i, b = i + d / 2;
#elif LAB_pairs_neighbours
      const i64 a = 2 * i, b = 2 * i + 1;
#endif
      const double angle = static_cast<double>(first + r) *
                           std::exp(-2.0 * static_cast<double>(i) / static_cast<double>(d) * std::log(10000.0));
      const std::complex<double> turned = std::complex<double>(x.at({r, a}), x.at({r, b})) * std::polar(1.0, angle);
      result.mutable_data<double>()[r * d + a] = turned.real();
      result.mutable_data<double>()[r * d + b] = turned.imag();
    }
  }
  return result;
}

void rotated_values(Check& check) {
  for (const i64 first : {0, 7}) {
    const Tensor x = random_matrix(check, 3, 6);
    check.near("rows from position " + std::to_string(first) + " on", rotated(x, first), expected_rotated(x, first),
               1e-10);
  }
}

void rotated_sees_distances(Check& check) {
  const Tensor q = random_matrix(check, 1, 8), k = random_matrix(check, 1, 8);
  const double expected = sum(rotated(q, 3) * rotated(k, 0)).item();
  for (const i64 shift : {1, 40}) {
    check.near("the inner product of rows three positions apart", sum(rotated(q, 3 + shift) * rotated(k, shift)).item(),
               expected, 1e-9);
  }
  const double elsewhere = sum(rotated(q, 9) * rotated(k, 1)).item();
  check.that("the inner product of rows eight positions apart", std::abs(elsewhere - expected) > 1e-6, "another one",
             to_text(elsewhere));
}

// ---- 5.7

/// L of each row, without a mask.
Tensor expected_sums(const Tensor& q, const Tensor& k) {
  Numbers result;
  for (i64 i = 0; i < q.size(0); ++i) {
    Numbers scores;
    for (i64 j = 0; j < k.size(0); ++j) {
      double score = 0;
      for (i64 c = 0; c < q.size(1); ++c) score += q.at({i, c}) * k.at({j, c});
      scores.push_back(score / std::sqrt(static_cast<double>(q.size(1))));
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (const double s : scores) total += std::exp(s - largest);
    result.push_back(largest + std::log(total));
  }
  return of(result, {q.size(0), 1});
}

void check_blocks(Check& check, const Tensor& q, const Tensor& k, const Tensor& v, i64 rows) {
  const auto [out, sums] = blockwise(q, k, v, rows);
  check.near("the output with blocks of " + std::to_string(rows), out, expected_attention(q, k, v, false), 1e-9);
  check.near("L with blocks of " + std::to_string(rows), sums, expected_sums(q, k), 1e-9);
}

void blockwise_values(Check& check) {
  const Tensor q = random_matrix(check, 3, 4), k = random_matrix(check, 7, 4, 2), v = random_matrix(check, 7, 2);
  for (const i64 rows : {1, 2, 7, 100}) check_blocks(check, q, k, v, rows);
}

void blockwise_of_large_scores(Check& check) {
  const Tensor q = tensor({{40, 0}, {0, 40}}, Dtype::f64), v = random_matrix(check, 4, 2);
  check_blocks(check, q, tensor({{-40, 1}, {30, 2}, {40, -40}, {39, 40}}, Dtype::f64), v, 1);
}

void blockwise_has_no_room(Check& check) {
  // All scores are 400 x 40,000 numbers of 8 bytes, 128 MB. Every key of a kind has the same score, so that the result
  // is known: with v = 1 for one kind and 0 for the other, the weight of that kind.
  const i64 queries = 400, keys = 40000;
  const Tensor q = random_matrix(check, queries, 1), k = copy(zeros({keys, 1}, Dtype::f64));
  const Tensor v = copy(zeros({keys, 1}, Dtype::f64));
  for (i64 j = 0; j < keys; j += 4) k.mutable_data<double>()[j] = 1, v.mutable_data<double>()[j] = 1;
  Numbers expected, expected_l;
  for (const double s : q.to_vector()) {
    expected.push_back(std::exp(s) / (std::exp(s) + 3));
    expected_l.push_back(std::log(std::exp(s) * 10000 + 30000));
  }
  const auto [out, sums] = blockwise(q, k, v, 500);
  check.near("the output for 40,000 keys", out, of(expected, {queries, 1}), 1e-9);
  check.near("L for 40,000 keys", sums, of(expected_l, {queries, 1}), 1e-9);
}

}  // namespace

int main(int argc, char** argv) {
  return cadena::labs::run(argc, argv,
                           {{"MaskedSoftmax.Values", softmax_values},
                            {"MaskedSoftmax.LargeScores", softmax_of_large_scores},
                            {"MaskedSoftmax.HiddenRows", softmax_of_hidden_rows},
                            {"SoftmaxVjp.Values", softmax_vjp_values},
                            {"Attend.ByHand", attend_by_hand},
                            {"Attend.Values", attend_values},
                            // BEGIN HIDDEN
                            {"Attend.BlindQueries", attend_of_blind_queries},
                            // END HIDDEN
                            {"AttendVjp.Values", attend_vjp_values},
                            // BEGIN HIDDEN
                            {"AttendVjp.BlindQueries", attend_vjp_of_blind_queries},
                            // END HIDDEN
                            {"Split.Values", split_values},
                            {"Rotated.Values", rotated_values},
                            {"Rotated.SeesDistances", rotated_sees_distances},
                            {"Blockwise.Values", blockwise_values},
                            {"Blockwise.LargeScores", blockwise_of_large_scores},
                            {"Blockwise.HasNoRoomForTheScores", blockwise_has_no_room}});
}
