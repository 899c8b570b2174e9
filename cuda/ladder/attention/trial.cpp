// The problems of the attention ladder, as `cadena ladder attention` sets them up.
#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>

#include "cuda/ladder/attention/reference.h"
#include "cuda/ladder/attention/steps.h"
#include "cuda/ladder/device_array.h"
#include "cuda/ladder/gemm/vendor.h"
#include "cuda/ladder/ladders.h"
#include "cuda/ladder/scatter.h"
#include "cuda/runtime/device.h"

namespace cadena::cuda::ladder {
namespace {

// As many heads as make one problem of 4,096 tokens' work of 2 * 4,096^3 operations, that of a product of matrices.
constexpr double kTimedWork = 2.0 * 4096 * 4096 * 4096;
constexpr int kWholeSize = 512, kSampledQueries = 16;

AttentionShape shape_of(int size) {
  AttentionShape shape{.queries = size, .keys = size, .depth = is_emulated() ? 64 : 128};
  if (!is_emulated()) shape.heads = std::max(1, static_cast<int>(kTimedWork / shape.flop()));
  return shape;
}

std::size_t rows_of(const AttentionShape& s) { return static_cast<std::size_t>(s.members()) * at(s.queries, 0, 1); }
std::size_t numbers_of(const AttentionShape& s) { return rows_of(s) * static_cast<std::size_t>(s.depth); }
std::size_t scores_of(const AttentionShape& s) { return rows_of(s) * static_cast<std::size_t>(s.keys); }

template <class T>
constexpr Rounding kRounding = std::is_same_v<T, float> ? kFloatRounding : kBf16Rounding;

// Some rows of the first member, as f32.
template <class T>
std::vector<float> rows_of_first(const std::vector<T>& matrix, const std::vector<int>& rows, int columns) {
  std::vector<float> result;
  for (const int row : rows) {
    for (int c = 0; c < columns; ++c) result.push_back(as_float(matrix[at(row, c, columns)]));
  }
  return result;
}

std::vector<int> spread(int count, int end) {
  std::vector<int> rows;
  for (int i = 0; i < count; ++i) rows.push_back(static_cast<int>(i * (end - 1LL) / std::max(1, count - 1)));
  return rows;
}

void join(Verdict& verdict, const Comparison& comparison) {
  verdict.correct = verdict.correct && comparison.correct();
  verdict.max_error = std::max(verdict.max_error, comparison.max_error);
}

// A product by cuBLAS of as many operations.
template <class T>
class EqualProduct {
 public:
  Peer peer(double flop) {
    if (!has_vendor_gemm()) return {.name = "a product by cuBLAS", .run = {}, .work = {}};
    const int n = static_cast<int>(std::cbrt(flop / 2));
    const auto numbers = scattered<T>(at(n, 0, n), 9);
    for (auto* matrix : {&a_, &b_, &c_}) matrix->emplace(numbers);
    const Gemm<T> product{.M = n, .N = n, .K = n, .A = a_->data(), .B = b_->data(), .C = c_->data(), .stream = nullptr};
    return {.name = "a product by cuBLAS",
            .run = [product] { vendor_gemm(product); },
            .work = {.flop = 2.0 * n * n * n, .bytes = 3.0 * n * n * sizeof(T), .elements = 1.0 * n * n}};
  }

 private:
  std::optional<DeviceArray<T>> a_, b_, c_;
};

template <class T>
class ForwardBench {
 public:
  explicit ForwardBench(int size)
      : shape_(shape_of(size)),
        values_q_(scattered<T>(numbers_of(shape_), 1)),
        values_k_(scattered<T>(numbers_of(shape_), 2)),
        values_v_(scattered<T>(numbers_of(shape_), 3)),
        q_(values_q_),
        k_(values_k_),
        v_(values_v_),
        out_(std::vector<T>(numbers_of(shape_))),
        lse_(std::vector<float>(rows_of(shape_))),
        weights_(std::vector<float>(std::is_same_v<T, float> ? scores_of(shape_) : 0)) {}

  Attention<T> problem() const {
    return {.shape = shape_,
            .q = q_.data(),
            .k = k_.data(),
            .v = v_.data(),
            .out = out_.data(),
            .lse = lse_.data(),
            .weights = weights_.data(),
            .stream = nullptr};
  }
  void poison() {
    out_.poison();
    lse_.poison();
  }
  // Against f64: the first head, of many tokens some queries.
  Verdict verdict() const {
    const std::vector<int> rows =
        spread(shape_.queries <= kWholeSize ? shape_.queries : kSampledQueries, shape_.queries);
    const std::vector<int> keys = spread(shape_.keys, shape_.keys);
    const AttentionShape part{.queries = static_cast<int>(rows.size()), .keys = shape_.keys, .depth = shape_.depth};
    const ExpectedAttention expected = expected_attention(part, rows_of_first(values_q_, rows, shape_.depth),
                                                          rows_of_first(values_k_, keys, shape_.depth),
                                                          rows_of_first(values_v_, keys, shape_.depth), kRounding<T>);
    Verdict result{true, 0};
    join(result, expected.out.compare(rows_of_first(out_.to_host(), rows, shape_.depth)));
    join(result, expected.lse.compare(rows_of_first(lse_.to_host(), rows, 1)));
    return result;
  }
  Work work() const {
    return {
        .flop = shape_.flop(),
        .bytes = 4.0 * static_cast<double>(numbers_of(shape_)) * sizeof(T) + 4.0 * static_cast<double>(rows_of(shape_)),
        .elements = static_cast<double>(scores_of(shape_))};
  }
  Peer peer() { return product_.peer(shape_.flop()); }

  const AttentionShape& shape() const { return shape_; }
  const std::vector<T>& q() const { return values_q_; }
  const std::vector<T>& k() const { return values_k_; }
  const std::vector<T>& v() const { return values_v_; }

 private:
  AttentionShape shape_;
  std::vector<T> values_q_, values_k_, values_v_;
  DeviceArray<T> q_, k_, v_, out_;
  DeviceArray<float> lse_, weights_;
  EqualProduct<T> product_;
};

// O, L and what A1 keeps come from the lowest step of the forward ladder.
template <class T>
class BackwardBench {
 public:
  explicit BackwardBench(int size)
      : forward_(size),
        values_dout_(scattered<T>(numbers_of(shape()), 4)),
        dout_(values_dout_),
        dq_(std::vector<T>(numbers_of(shape()))),
        dk_(std::vector<T>(numbers_of(shape()))),
        dv_(std::vector<T>(numbers_of(shape()))),
        rows_(std::vector<float>(2 * rows_of(shape()))),
        dq_sum_(std::vector<float>(std::is_same_v<T, float> ? 0 : shape().dq_sum_size())),
        weights_gradient_(std::vector<float>(std::is_same_v<T, float> ? scores_of(shape()) : 0)) {
    attention_steps<T>().front().run(forward_.problem());
    check(cudaDeviceSynchronize(), "attention: the forward pass");
  }

  AttentionGradient<T> problem() const {
    const Attention<T> saved = forward_.problem();
    return {.shape = saved.shape,
            .q = saved.q,
            .k = saved.k,
            .v = saved.v,
            .out = saved.out,
            .lse = saved.lse,
            .dout = dout_.data(),
            .dq = dq_.data(),
            .dk = dk_.data(),
            .dv = dv_.data(),
            .rows = rows_.data(),
            .dq_sum = dq_sum_.data(),
            .weights = saved.weights,
            .weights_gradient = weights_gradient_.data(),
            .stream = nullptr};
  }
  void poison() {
    for (auto* gradient : {&dq_, &dk_, &dv_}) gradient->poison();
  }
  // Against f64: the first head.
  Verdict verdict() {
    const std::vector<int> rows = spread(shape().queries, shape().queries);
    const auto first = [&](const std::vector<T>& matrix) { return rows_of_first(matrix, rows, shape().depth); };
    if (!expected_) {
      const AttentionShape head{.queries = shape().queries, .keys = shape().keys, .depth = shape().depth};
      expected_ = expected_attention_gradient(head, first(forward_.q()), first(forward_.k()), first(forward_.v()),
                                              first(values_dout_), kRounding<T>);
    }
    Verdict result{true, 0};
    join(result, expected_->dq.compare(first(dq_.to_host())));
    join(result, expected_->dk.compare(first(dk_.to_host())));
    join(result, expected_->dv.compare(first(dv_.to_host())));
    return result;
  }
  Work work() const {  // of five products
    const double numbers = static_cast<double>(numbers_of(shape())), rows = static_cast<double>(rows_of(shape()));
    return {.flop = 2.5 * shape().flop(),
            .bytes = 8 * numbers * sizeof(T) + 4 * rows,
            .elements = static_cast<double>(scores_of(shape()))};
  }
  Peer peer() { return product_.peer(2.5 * shape().flop()); }

 private:
  const AttentionShape& shape() const { return forward_.shape(); }

  ForwardBench<T> forward_;
  std::vector<T> values_dout_;
  DeviceArray<T> dout_, dq_, dk_, dv_;
  DeviceArray<float> rows_, dq_sum_, weights_gradient_;
  std::optional<ExpectedAttentionGradient> expected_;
  EqualProduct<T> product_;
};

}  // namespace

Ladder attention_ladder() {
  using Bf16 = __nv_bfloat16;
  return {.name = "attention",
          .problem =
              "softmax(Q K^T / sqrt(d)) V for `size` queries and keys, d = 64 (on a GPU: 128), and its backward pass",
          .counted_size = 128,
          .timed_size = 4096,
          .flights = {flight<ForwardBench<float>>("f32", attention_steps<float>()),
                      flight<ForwardBench<Bf16>>("bf16", attention_steps<Bf16>()),
                      flight<BackwardBench<float>>("f32 backward", attention_gradient_steps<float>()),
                      flight<BackwardBench<Bf16>>("bf16 backward", attention_gradient_steps<Bf16>())}};
}

}  // namespace cadena::cuda::ladder
