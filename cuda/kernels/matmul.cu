#include "cuda/kernels/matmul.h"

#include <optional>

#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/gemm.cuh"
#include "cuda/kernels/vendor.h"

namespace cadena::cuda {
namespace {

/// A matrix with any strides: element x of the outer axis, k of the sum.
struct Strided {
  const void* data;
  Dtype dtype;
  i64 step;      // of the outer axis
  i64 sum_step;  // along the sum
  bool along_sum;
  bool in_quads;

  /// `in_quads`: four neighbours are one load, at every multiple of four of either axis.
  Strided(const View& x, int outer_axis, int sum_axis, bool aligned)
      : data(x.data),
        dtype(x.dtype),
        step(x.strides[outer_axis]),
        sum_step(x.strides[sum_axis]),
        along_sum(sum_step == 1 && step != 1) {
    const i64 neighbour = along_sum ? sum_step : step, other = along_sum ? step : sum_step;
    in_quads = aligned && neighbour == 1 && other % 4 == 0 && loads_in_quads(data);
  }

  /// Four neighbours from (x, k) on, of which `inside` exist; zeros for the others.
  template <class C>
  __device__ __forceinline__ void load(C (&out)[4], i64 at, i64 x, i64 k, i64 inside) const {
    const i64 first = at + x * step + k * sum_step, next = along_sum ? sum_step : step;
    if (in_quads && inside >= 4) return load_quad(out, data, dtype, first);
#pragma unroll
    for (int i = 0; i < 4; ++i) out[i] = i < inside ? load_element<C>(data, dtype, first + i * next) : C{0};
  }
};

/// The leading axes of x, whose products form the batch.
View batch_of(const View& x, void* data) { return {data, x.dtype, x.rank - 2, x.shape, x.strides}; }

/// True if all offsets between the matrices of x are multiples of four.
bool is_aligned_batch(const View& x) {
  bool aligned = true;
  for (int axis = 0; axis + 2 < x.rank; ++axis) aligned = aligned && (x.shape[axis] <= 1 || x.strides[axis] % 4 == 0);
  return aligned;
}

View moved(const View& x, i64 offset) {
  View y = x;
  y.data = static_cast<char*>(x.data) + offset * static_cast<i64>(size_of(x.dtype));
  return y;
}

/// x as cuBLAS takes it, if the elements of its rows, or of its columns, follow each other.
std::optional<VendorProduct::Operand> vendor_operand(const View& x, i64 step) {
  const int r = x.rank - 2, c = x.rank - 1;
  const auto follows = [&](int along, int across) {
    return (x.strides[along] == 1 || x.shape[along] == 1) && x.strides[across] >= x.shape[along];
  };
  if (follows(c, r)) return VendorProduct::Operand{x.data, false, x.strides[r], step};
  if (follows(r, c)) return VendorProduct::Operand{x.data, true, x.strides[c], step};
  return std::nullopt;
}

/// The same products by cuBLAS; false if it cannot take them.
bool multiply_by_vendor(const View& y, const View& a, const View& b, const View& bias, const ProductBatch& products) {
  if (products.rank > 1) return false;
  const auto step = [&](int operand) { return products.rank == 0 ? 0 : products.strides[operand][0]; };
  const auto left = vendor_operand(a, step(0)), right = vendor_operand(b, step(1));
  if (!left || !right || !has_vendor_multiply()) return false;
  const i64 m = y.shape[y.rank - 2], n = y.shape[y.rank - 1], k = a.shape[a.rank - 1];
  if (bias.data != nullptr) {  // y starts as the bias; only matrices without a batch have one
    const i64 shape[2] = {m, n}, strides[2] = {0, bias.strides[0]};
    convert(View{y.data, y.dtype, 2, shape, y.strides}, View{bias.data, bias.dtype, 2, shape, strides});
  }
  return vendor_multiply({y.dtype, m, n, k, products.numel, *left, *right, y.data, step(2), bias.data != nullptr});
}

}  // namespace

void matmul(const View& y, const View& a, const View& b) { matmul_bias(y, a, b, View{}); }

void matmul_bias(const View& y, const View& a, const View& b, const View& bias) {
  if (y.numel() == 0) return;
  const int r = y.rank - 2, c = y.rank - 1;
  const i64 m = y.shape[r], n = y.shape[c], k = a.shape[c];
  const Dims still = Dims::filled(r, 0);
  const View fixed{nullptr, y.dtype, r, y.shape, still.begin()};
  const std::array<View, 4> batch{batch_of(a, a.data), batch_of(b, b.data), batch_of(y, y.data), fixed};
  const Multiplier multiplier = chosen_multiplier();
  by_compute("matmul", y.dtype, [&]<class C>() {
    for_each_piece<4>(batch, [&](const ProductBatch& products, const auto& at) {
      const View from_a = moved(a, at[0]), from_b = moved(b, at[1]), to = moved(y, at[2]);
      if (multiplier == Multiplier::cublas && multiply_by_vendor(to, from_a, from_b, bias, products)) return;
      const Strided left(from_a, r, c, is_aligned_batch(a)), right(from_b, c, r, is_aligned_batch(b));
      const Target target(to.data, y.dtype, n, bias);
      if constexpr (std::is_same_v<C, float>) {  // large tiles read less, small ones keep more of the GPU busy
        if (m > 64 && n > 64 && (m + 127) / 128 * ((n + 127) / 128) * products.numel >= 132) {
          return enqueue_product<C, 128>(m, n, k, products, left, right, target);
        }
      }
      enqueue_product<C, 64>(m, n, k, products, left, right, target);
    });
  });
}

}  // namespace cadena::cuda
