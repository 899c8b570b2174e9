#pragma once

#include "cuda/kernels/divider.h"
#include "cuda/kernels/element.cuh"
#include "tensor/base/window.h"

/// The operands of a convolution as matrices. A tap is a channel with a row and a column of the kernel, a position an
/// image with a row and a column; both are counted in row-major order.
namespace cadena::cuda {

/// A number below 2^31 taken apart: (first, row, column) of a row-major box whose last two extents are given.
struct Box {
  Divider area, width;

  Box(i64 rows, i64 columns) : area(std::max<i64>(rows * columns, 1)), width(std::max<i64>(columns, 1)) {}

  struct Place {
    int first, row, column;
  };
  __device__ __forceinline__ Place operator()(unsigned n) const {
    const unsigned first = area.quotient(n), rest = n - first * area.divisor();
    const unsigned row = width.quotient(rest);
    return {static_cast<int>(first), static_cast<int>(row), static_cast<int>(rest - row * width.divisor())};
  }
};

/// A matrix whose rows are an axis of a tensor and whose columns are three other axes folded into one: the weights with
/// columns = taps, or a batch of planes with columns = positions.
struct Folded {
  const void* data;
  Dtype dtype;
  Box box;
  i64 row, first, height, width;  // strides
  bool flat;                      // columns follow each other
  static constexpr bool along_sum = true;

  Folded(const View& x, int row_axis, int first_axis)
      : data(x.data),
        dtype(x.dtype),
        box(x.shape[2], x.shape[3]),
        row(x.strides[row_axis]),
        first(x.strides[first_axis]),
        height(x.strides[2]),
        width(x.strides[3]),
        flat(width == 1 && height == x.shape[3] && first == x.shape[2] * x.shape[3]) {}

  /// The weights with `row_axis` as rows, and the taps (channels of `channel_axis`, kernel) as columns.
  static Folded of_taps(const View& w, int row_axis, int channel_axis) { return Folded(w, row_axis, channel_axis); }

  /// The planes of a batch (n, c, h, w) with channels as rows and positions as columns.
  static Folded of_positions(const View& y) { return Folded(y, 1, 0); }

  template <class C>
  __device__ __forceinline__ void load(C (&out)[4], i64 at, i64 x, i64 k, i64 inside) const {
    const i64 begin = at + x * row;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      i64 offset = k + i;
      if (!flat) {
        const Box::Place p = box(static_cast<unsigned>(k) + static_cast<unsigned>(i));
        offset = p.first * first + p.row * height + p.column * width;
      }
      out[i] = i < inside ? load_element<C>(data, dtype, begin + offset) : C{0};
    }
  }
};

/// What each position sees of a source image through each tap: row (i step + k reach + shift) / divisor of the source,
/// and zero where that is no whole number or lies outside.
struct Patches {
  const void* data;
  Dtype dtype;
  Box taps, positions;
  i64 strides[4];
  int height, width;  // of the source
  Divider stride_h, stride_w;
  int step_h, step_w, reach_h, reach_w, shift_h, shift_w;
  bool along_sum;  // positions are summed over, or else taps; neighbours are always positions

  /// What an output position sees of the image x: row i stride - padding + k dilation.
  static Patches seen(const View& x, const i64* kernel, const i64* y, const ConvOptions& o, bool sum_positions) {
    return Patches(x, kernel, y, sum_positions, o.stride, o.dilation, {-o.padding.h, -o.padding.w}, 1);
  }

  /// What an image position is reached by of the outputs dy: row (i + padding - k dilation) / stride.
  static Patches reached(const View& dy, const i64* kernel, const i64* x, const ConvOptions& o) {
    return Patches(dy, kernel, x, false, 1, {-o.dilation.h, -o.dilation.w}, o.padding, o.stride);
  }

  template <class C>
  __device__ __forceinline__ void load(C (&out)[4], i64 at, i64 x, i64 k, i64 inside) const {
    const Box::Place tap = taps(static_cast<unsigned>(along_sum ? x : k));
    const auto position = static_cast<unsigned>(along_sum ? k : x);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const Box::Place p = positions(position + static_cast<unsigned>(i));
      const int row = source(p.row * step_h + tap.row * reach_h + shift_h, stride_h, height);
      const int column = source(p.column * step_w + tap.column * reach_w + shift_w, stride_w, width);
      const bool exists = i < inside && row >= 0 && column >= 0;
      out[i] = exists ? load_element<C>(
                            data, dtype,
                            at + p.first * strides[0] + tap.first * strides[1] + row * strides[2] + column * strides[3])
                      : C{0};
    }
  }

 private:
  Patches(const View& source, const i64* kernel, const i64* result, bool sum_positions, Pair step, Pair reach,
          Pair shift, Pair stride)
      : data(source.data),
        dtype(source.dtype),
        taps(kernel[2], kernel[3]),
        positions(result[2], result[3]),
        strides{source.strides[0], source.strides[1], source.strides[2], source.strides[3]},
        height(static_cast<int>(source.shape[2])),
        width(static_cast<int>(source.shape[3])),
        stride_h(stride.h),
        stride_w(stride.w),
        step_h(static_cast<int>(step.h)),
        step_w(static_cast<int>(step.w)),
        reach_h(static_cast<int>(reach.h)),
        reach_w(static_cast<int>(reach.w)),
        shift_h(static_cast<int>(shift.h)),
        shift_w(static_cast<int>(shift.w)),
        along_sum(sum_positions) {}

  /// n / stride, or -1 if there is no such row among `extent`.
  __device__ __forceinline__ static int source(int n, const Divider& stride, int extent) {
    if (n < 0) return -1;
    if (stride.divisor() == 1) return n < extent ? n : -1;
    const unsigned q = stride.quotient(static_cast<unsigned>(n));
    return q * stride.divisor() == static_cast<unsigned>(n) && q < static_cast<unsigned>(extent) ? static_cast<int>(q)
                                                                                                 : -1;
  }
};

}  // namespace cadena::cuda
