#include "tensor/cpu/pooling.h"

#include <cmath>
#include <vector>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// A plane (h, w) of a view, read in the compute type.
template <class T>
struct Plane {
  const T* data;
  i64 row;
  i64 column;

  Plane(const View& x, i64 index)
      : data(x.as<T>() + matrix_offset(x, index)), row(x.strides[x.rank - 2]), column(x.strides[x.rank - 1]) {}

  compute_t<T> operator()(i64 i, i64 j) const { return static_cast<compute_t<T>>(data[i * row + j * column]); }
};

/// Calls `f(plane)` for every plane of y, (…, h, w), on all threads.
template <class F>
void for_each_plane(const View& y, i64 work, F f) {
  if (y.numel() == 0) return;
  const i64 planes = y.numel() / (y.shape[y.rank - 2] * y.shape[y.rank - 1]);
  parallel_for(planes, kGrain / (work + 1) + 1, [&](i64 begin, i64 end) {
    for (i64 plane = begin; plane < end; ++plane) f(plane);
  });
}

i64 extent(std::span<const Window> windows) { return static_cast<i64>(windows.size()); }

}  // namespace

void max_pool2d(const View& y, const View& positions, const View& x, std::span<const Window> rows,
                std::span<const Window> columns) {
  const i64 size = extent(rows) * extent(columns), width = x.shape[x.rank - 1];
  by_float("max_pool2d", x.dtype, [&]<class T>() {
    for_each_plane(y, x.shape[x.rank - 2] * width + size, [&](i64 index) {
      const Plane<T> in(x, index);
      T* out = y.as<T>() + index * size;
      i64* at = positions.as<i64>() + index * size;
      for (const Window& r : rows) {
        for (const Window& c : columns) {
          i64 best = r.begin * width + c.begin;
          compute_t<T> largest = in(r.begin, c.begin);
          for (i64 i = r.begin; i < r.end; i += r.step) {
            for (i64 j = c.begin; j < c.end; j += c.step) {
              const compute_t<T> v = in(i, j);
              if (!(v > largest || (std::isnan(v) && !std::isnan(largest)))) continue;
              largest = v;
              best = i * width + j;
            }
          }
          *out++ = static_cast<T>(largest);
          *at++ = best;
        }
      }
    });
  });
}

void avg_pool2d(const View& y, const View& x, std::span<const Window> rows, std::span<const Window> columns) {
  const i64 size = extent(rows) * extent(columns);
  by_float("avg_pool2d", x.dtype, [&]<class T>() {
    for_each_plane(y, x.shape[x.rank - 2] * x.shape[x.rank - 1] + size, [&](i64 index) {
      const Plane<T> in(x, index);
      T* out = y.as<T>() + index * size;
      for (const Window& r : rows) {
        for (const Window& c : columns) {
          double total = 0;  // of f32 too, for windows of any size
          for (i64 i = r.begin; i < r.end; i += r.step) {
            for (i64 j = c.begin; j < c.end; j += c.step) total += static_cast<double>(in(i, j));
          }
          *out++ = static_cast<T>(static_cast<compute_t<T>>(total / static_cast<double>(r.divisor * c.divisor)));
        }
      }
    });
  });
}

void avg_pool2d_input(const View& dx, const View& dy, std::span<const Window> rows, std::span<const Window> columns) {
  const i64 height = dx.shape[dx.rank - 2], width = dx.shape[dx.rank - 1];
  by_float("avg_pool2d_input", dx.dtype, [&]<class T>() {
    using C = compute_t<T>;
    for_each_plane(dx, height * width, [&](i64 index) {
      const Plane<T> in(dy, index);
      std::vector<C> image(static_cast<std::size_t>(height * width));
      for (i64 p = 0; p < extent(rows); ++p) {
        for (i64 q = 0; q < extent(columns); ++q) {
          const Window& r = rows[static_cast<std::size_t>(p)];
          const Window& c = columns[static_cast<std::size_t>(q)];
          const C share = in(p, q) / static_cast<C>(r.divisor * c.divisor);
          for (i64 i = r.begin; i < r.end; i += r.step) {
            for (i64 j = c.begin; j < c.end; j += c.step) image[static_cast<std::size_t>(i * width + j)] += share;
          }
        }
      }
      T* out = dx.as<T>() + index * height * width;
      for (const C v : image) *out++ = static_cast<T>(v);
    });
  });
}

}  // namespace cadena::cpu
