#include "cuda/ladder/attention/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cadena::cuda::ladder {
namespace {

constexpr double kProductsOfErrors = 1.02;
constexpr double kTiny = 1e-30;  // numbers that the special function unit flushes to zero

// One member in f64: scores and weights with their errors.
struct Member {
  const AttentionShape& shape;
  const float *q, *k, *v;
  Rounding rounding;
  std::size_t S, T, d;
  std::vector<double> p, lse, share;  // S x T, S, S: weights, L, and the relative error of the weights in a row

  Member(const AttentionShape& sizes, int member, const std::vector<float>& Q, const std::vector<float>& K,
         const std::vector<float>& V, Rounding how)
      : shape(sizes),
        q(member_of(Q.data(), member, sizes.queries, sizes.depth)),
        k(member_of(K.data(), member, sizes.keys, sizes.depth)),
        v(member_of(V.data(), member, sizes.keys, sizes.depth)),
        rounding(how),
        S(static_cast<std::size_t>(sizes.queries)),
        T(static_cast<std::size_t>(sizes.keys)),
        d(static_cast<std::size_t>(sizes.depth)),
        p(S * T),
        lse(S, -std::numeric_limits<double>::infinity()),
        share(S) {
    for (std::size_t i = 0; i < S; ++i) weigh(i);
  }

  double term(double length) const { return (length + 16) * rounding.sum; }

 private:
  void weigh(std::size_t i) {
    const double scale = 1 / std::sqrt(static_cast<double>(d));
    double top = -std::numeric_limits<double>::infinity(), magnitude = 0;
    std::vector<double> s(T, top);
    for (std::size_t j = 0; j < T; ++j) {
      if (!shape.visible(static_cast<int>(i), static_cast<int>(j))) continue;
      double product = 0, absolute = 0;
      for (std::size_t c = 0; c < d; ++c) {
        const double each = scale * q[i * d + c] * k[j * d + c];
        product += each;
        absolute += std::fabs(each);
      }
      s[j] = product;
      top = std::max(top, product);
      magnitude = std::max(magnitude, absolute);
    }
    if (std::isinf(top)) return;  // no key is visible
    double total = 0;
    for (std::size_t j = 0; j < T; ++j) total += p[i * T + j] = std::exp(s[j] - top);
    for (std::size_t j = 0; j < T; ++j) p[i * T + j] /= total;
    lse[i] = top + std::log(total);
    share[i] = 2 * (static_cast<double>(d) + 4) * rounding.sum * magnitude + term(static_cast<double>(T));
  }
};

Expected zeros(std::size_t count) { return {std::vector<double>(count), std::vector<double>(count)}; }

// Adds what storing costs.
void finish(Expected& x, double store) {
  for (std::size_t i = 0; i < x.value.size(); ++i) {
    x.bound[i] = kProductsOfErrors * (x.bound[i] + store * std::fabs(x.value[i])) + kTiny;
  }
}

}  // namespace

Comparison Expected::compare(const std::vector<float>& got) const {
  Comparison result;
  if (got.size() != value.size()) result.worst_share = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < std::min(got.size(), value.size()); ++i) {
    const bool same = std::isinf(value[i]) && static_cast<double>(got[i]) == value[i];
    const double error = same ? 0 : std::fabs(got[i] - value[i]);
    for (const auto& [largest, now] : {std::pair{&result.max_error, error}, {&result.worst_share, error / bound[i]}}) {
      if (std::isnan(now) || now > *largest) *largest = now;
    }
    if (std::isnan(error)) break;
  }
  return result;
}

ExpectedAttention expected_attention(const AttentionShape& shape, const std::vector<float>& q,
                                     const std::vector<float>& k, const std::vector<float>& v, Rounding rounding) {
  ExpectedAttention result{zeros(q.size()), zeros(0)};
  for (int number = 0; number < shape.members(); ++number) {
    const Member m(shape, number, q, k, v, rounding);
    const std::size_t first = static_cast<std::size_t>(number) * m.S * m.d;
    for (std::size_t i = 0; i < m.S; ++i) {
      const double share = m.share[i] + rounding.store + m.term(static_cast<double>(m.T));
      for (std::size_t j = 0; j < m.T; ++j) {
        for (std::size_t c = 0; c < m.d; ++c) {
          const double each = m.p[i * m.T + j] * m.v[j * m.d + c];
          result.out.value[first + i * m.d + c] += each;
          result.out.bound[first + i * m.d + c] += share * std::fabs(each);
        }
      }
      result.lse.value.push_back(m.lse[i]);
      const double size = std::isinf(m.lse[i]) ? 0 : std::fabs(m.lse[i]) + 1;
      result.lse.bound.push_back(kProductsOfErrors * (m.share[i] + 16 * rounding.sum * size) + kTiny);
    }
  }
  finish(result.out, rounding.store);
  return result;
}

ExpectedAttentionGradient expected_attention_gradient(const AttentionShape& shape, const std::vector<float>& q,
                                                      const std::vector<float>& k, const std::vector<float>& v,
                                                      const std::vector<float>& dout, Rounding rounding) {
  const double scale = 1 / std::sqrt(static_cast<double>(shape.depth));
  ExpectedAttentionGradient result{zeros(q.size()), zeros(k.size()), zeros(v.size())};
  for (int number = 0; number < shape.members(); ++number) {
    const Member m(shape, number, q, k, v, rounding);
    const std::size_t d = m.d, S = m.S, T = m.T;
    const double of_depth = (static_cast<double>(d) + 4) * rounding.sum;
    const double of_queries = m.term(static_cast<double>(S)), of_keys = m.term(static_cast<double>(T));
    const float* dO = member_of(dout.data(), number, shape.queries, shape.depth);
    const std::size_t at_q = static_cast<std::size_t>(number) * S * d, at_k = static_cast<std::size_t>(number) * T * d;
    const auto add = [](Expected& x, std::size_t place, double value, double error) {
      x.value[place] += value;
      x.bound[place] += error;
    };
    for (std::size_t i = 0; i < S; ++i) {
      // D, and what it is off.
      std::vector<double> dp(T), dp_error(T);
      double mean = 0, mean_error = 0;
      std::vector<double> o(d);
      for (std::size_t j = 0; j < T; ++j) {
        for (std::size_t c = 0; c < d; ++c) {
          const double each = static_cast<double>(dO[i * d + c]) * m.v[j * d + c];
          dp[j] += each;
          dp_error[j] += of_depth * std::fabs(each);
          o[c] += m.p[i * T + j] * m.v[j * d + c];
        }
      }
      for (std::size_t c = 0; c < d; ++c) {
        mean += dO[i * d + c] * o[c];
        mean_error += (rounding.store + of_depth) * std::fabs(dO[i * d + c] * o[c]);
      }
      const double log_size = std::isinf(m.lse[i]) ? 0 : std::fabs(m.lse[i]);
      const double share = m.share[i] + (log_size + 16) * rounding.sum + rounding.store;
      for (std::size_t j = 0; j < T; ++j) {
        const double p = m.p[i * T + j];
        if (p == 0) continue;
        const double ds = p * (dp[j] - mean) * scale;
        const double ds_error = p * scale * (share * (std::fabs(dp[j]) + std::fabs(mean)) + dp_error[j] + mean_error);
        for (std::size_t c = 0; c < d; ++c) {
          const double query = q[at_q + i * d + c], key = k[at_k + j * d + c], cotangent = dO[i * d + c];
          add(result.dq, at_q + i * d + c, ds * key, (ds_error + of_keys * std::fabs(ds)) * std::fabs(key));
          add(result.dk, at_k + j * d + c, ds * query, (ds_error + of_queries * std::fabs(ds)) * std::fabs(query));
          add(result.dv, at_k + j * d + c, p * cotangent, (share + of_queries) * p * std::fabs(cotangent));
        }
      }
    }
  }
  for (Expected* x : {&result.dq, &result.dk, &result.dv}) finish(*x, rounding.store);
  return result;
}

}  // namespace cadena::cuda::ladder
