// The problem of the GEMM ladder, as `cadena ladder gemm` sets it up.
#include <algorithm>
#include <type_traits>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/gemm/reference.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/ladder/gemm/vendor.h"
#include "cuda/ladder/ladders.h"
#include "cuda/ladder/scatter.h"

namespace cadena::cuda::ladder {
namespace {

// Rows compared with f64: all of a small product, 32 of a large one.
std::vector<int> rows_to_compare(int M) {
  std::vector<int> rows;
  const int count = M <= 512 ? M : 32;
  for (int i = 0; i < count; ++i) rows.push_back(static_cast<int>(i * (M - 1LL) / std::max(1, count - 1)));
  return rows;
}

// C = A B, size x size.
template <class T>
class GemmBench {
 public:
  explicit GemmBench(int size)
      : size_(size),
        values_a_(scattered<T>(elements(), 1)),
        values_b_(scattered<T>(elements(), 2)),
        a_(values_a_),
        b_(values_b_),
        c_(std::vector<T>(elements())) {}

  Gemm<T> problem() const {
    return {.M = size_, .N = size_, .K = size_, .A = a_.data(), .B = b_.data(), .C = c_.data(), .stream = nullptr};
  }
  void poison() { c_.poison(); }
  Verdict verdict() const {
    const Comparison result =
        compare_gemm(size_, size_, size_, 1, as_floats(values_a_), as_floats(values_b_), 0, {}, as_floats(c_.to_host()),
                     std::is_same_v<T, float> ? kFloatRounding : kBf16Rounding, rows_to_compare(size_));
    return {result.correct(), result.max_error};
  }
  Work work() const {
    const double n = size_;
    return {.flop = 2 * n * n * n, .bytes = 3 * n * n * sizeof(T), .elements = n * n};
  }
  Peer peer() const {
    if (!has_vendor_gemm()) return {.name = "cuBLAS", .run = {}, .work = {}};
    return {.name = "cuBLAS", .run = [p = problem()] { vendor_gemm(p); }, .work = work()};
  }

 private:
  std::size_t elements() const { return static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_); }
  int size_;
  std::vector<T> values_a_, values_b_;
  DeviceArray<T> a_, b_, c_;
};

}  // namespace

Ladder gemm_ladder() {
  return {.name = "gemm",
          .problem = "C = A B, square matrices",
          .counted_size = 128,
          .timed_size = 4096,
          .flights = {flight<GemmBench<float>>("f32", gemm_steps<float>()),
                      flight<GemmBench<__nv_bfloat16>>("bf16", gemm_steps<__nv_bfloat16>())}};
}

}  // namespace cadena::cuda::ladder
