#include "cuda/kernels/pooling.h"

#include <vector>

#include "cuda/kernels/divider.h"
#include "cuda/kernels/element.cuh"
#include "cuda/kernels/layout.h"
#include "cuda/kernels/upload.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda {
namespace {

constexpr unsigned kThreads = 256;

/// Windows on the device, rows before columns.
struct Windows {
  const Window* rows;
  const Window* columns;
  i64 height, width;  // how many there are of each
};

/// The planes of a view: member, of the batch, row and column strides.
struct Planes {
  const void* data;
  Dtype dtype;
  i64 height, width, row, column;

  explicit Planes(const View& x)
      : data(x.data),
        dtype(x.dtype),
        height(x.shape[x.rank - 2]),
        width(x.shape[x.rank - 1]),
        row(x.strides[x.rank - 2]),
        column(x.strides[x.rank - 1]) {}
};

/// Offset and number of each plane.
using PlaneBatch = Layout<2>;

/// The largest element so far and where it is; NaN is the largest of all, and of equals the first counts.
template <class C>
struct Largest {
  C value;
  i64 position;

  __device__ __forceinline__ void meet(C v, i64 at) {
    const bool both_nan = v != v && value != value;
    const bool better = v > value || (v != v && value == value);
    if (better || ((v == value || both_nan) && at < position)) *this = {v, at};
  }
};

/// `lanes` neighbouring threads (1, or a warp for large windows) own one output: lane l visits elements l, l + lanes, …
/// of its window, and a sum is kept in runs of 32 so that no sum is long.
template <class C>
__global__ void pool(PlaneBatch batch, Planes x, Windows windows, unsigned lanes, bool largest, void* y,
                     i64* positions) {
  const i64 size = windows.height * windows.width, count = size * batch.numel;
  const i64 step = i64{gridDim.x} * (blockDim.x / lanes);
  const unsigned lane = threadIdx.x % lanes;
  for (i64 i = i64{blockIdx.x} * (blockDim.x / lanes) + threadIdx.x / lanes; i < count; i += step) {
    const i64 plane = i / size, output = i - plane * size;
    i64 at[2];
    batch.offsets(static_cast<unsigned>(plane), at);
    const Window r = windows.rows[output / windows.width], c = windows.columns[output % windows.width];
    const i64 across = (c.end - c.begin + c.step - 1) / c.step, down = (r.end - r.begin + r.step - 1) / r.step;
    const auto row_of = [&](i64 e) { return r.begin + e / across * r.step; };
    const auto column_of = [&](i64 e) { return c.begin + e % across * c.step; };
    const auto load = [&](i64 e) {
      return load_element<C>(x.data, x.dtype, at[0] + row_of(e) * x.row + column_of(e) * x.column);
    };
    const i64 target = at[1] * size + output;
    if (largest) {
      Largest<C> best{load(0), row_of(0) * x.width + column_of(0)};
      for (i64 e = lane; e < across * down; e += lanes) best.meet(load(e), row_of(e) * x.width + column_of(e));
      for (unsigned distance = lanes / 2; distance > 0; distance /= 2) {
        const C value = __shfl_xor_sync(kFullWarp, best.value, static_cast<int>(distance));
        const i64 position = __shfl_xor_sync(kFullWarp, best.position, static_cast<int>(distance));
        best.meet(value, position);
      }
      if (lane == 0) {
        store_element(y, x.dtype, target, best.value);
        positions[target] = best.position;
      }
    } else {
      C total = 0, run = 0;
      int length = 0;
      for (i64 e = lane; e < across * down; e += lanes) {
        run += load(e);
        if (++length % 32 != 0) continue;
        total += run;
        run = 0;
      }
      total += run;
      for (unsigned distance = lanes / 2; distance > 0; distance /= 2) {
        total += __shfl_xor_sync(kFullWarp, total, static_cast<int>(distance));
      }
      if (lane == 0) store_element(y, x.dtype, target, total / static_cast<C>(r.divisor * c.divisor));
    }
  }
}

/// The windows [first, last) that cover an element of an axis.
struct Cover {
  i64 first, last;
};

/// Each thread owns elements of dx and adds the shares of the outputs whose windows cover them, in order.
template <class C>
__global__ void spread(PlaneBatch batch, Planes dy, Windows windows, const Cover* over_rows, const Cover* over_columns,
                       i64 height, i64 width, void* dx) {
  const i64 size = height * width, count = size * batch.numel, step = i64{gridDim.x} * blockDim.x;
  for (i64 i = i64{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) {
    const i64 plane = i / size, element = i - plane * size;
    i64 at[2];
    batch.offsets(static_cast<unsigned>(plane), at);
    const i64 row = element / width, column = element % width;
    C sum = 0;
    for (i64 p = over_rows[row].first; p < over_rows[row].last; ++p) {
      const Window r = windows.rows[p];
      if (row < r.begin || row >= r.end || (row - r.begin) % r.step != 0) continue;
      for (i64 q = over_columns[column].first; q < over_columns[column].last; ++q) {
        const Window c = windows.columns[q];
        if (column < c.begin || column >= c.end || (column - c.begin) % c.step != 0) continue;
        sum += load_element<C>(dy.data, dy.dtype, at[0] + p * dy.row + q * dy.column) /
               static_cast<C>(r.divisor * c.divisor);
      }
    }
    store_element(dx, dy.dtype, at[1] * size + element, sum);
  }
}

/// The windows of both axes on the device.
class Uploaded {
 public:
  Uploaded(std::span<const Window> rows, std::span<const Window> columns)
      : height_(static_cast<i64>(rows.size())), width_(static_cast<i64>(columns.size())), data_(send(rows, columns)) {}

  Windows windows() const {
    const Window* all = reinterpret_cast<const Window*>(data_.data());
    return {all, all + height_, height_, width_};
  }

 private:
  static Scratch<i64> send(std::span<const Window> rows, std::span<const Window> columns) {
    std::vector<i64> words;
    for (const std::span<const Window> axis : {rows, columns}) {
      for (const Window& w : axis) words.insert(words.end(), {w.begin, w.end, w.step, w.divisor});
    }
    return upload(words.data(), static_cast<i64>(words.size()));
  }

  i64 height_, width_;
  Scratch<i64> data_;
};
static_assert(sizeof(Window) == 4 * sizeof(i64));

/// For each of n elements, from the first to behind the last window that may cover it.
void append_covers(std::vector<i64>& words, std::span<const Window> windows, i64 n) {
  std::vector<i64> first(static_cast<std::size_t>(n), 0), last(static_cast<std::size_t>(n), 0);
  for (std::size_t w = windows.size(); w-- > 0;) {
    for (i64 i = windows[w].begin; i < windows[w].end; ++i) {
      const auto e = static_cast<std::size_t>(i);
      first[e] = static_cast<i64>(w);
      if (last[e] == 0) last[e] = static_cast<i64>(w) + 1;
    }
  }
  for (std::size_t e = 0; e < first.size(); ++e) words.insert(words.end(), {first[e], last[e]});
}

/// Calls `f(batch, offset)` for the planes of x, few enough for one launch.
template <class F>
void for_each_batch(const View& x, F f) {
  const int rank = x.rank - 2;
  const Dims steps = row_major(Dims(x.shape, static_cast<std::size_t>(rank)));
  for_each_piece<2>(
      {View{nullptr, x.dtype, rank, x.shape, x.strides}, View{nullptr, x.dtype, rank, x.shape, steps.begin()}}, f);
}

Planes moved(Planes x, i64 offset) {
  x.data = static_cast<const char*>(x.data) + offset * static_cast<i64>(size_of(x.dtype));
  return x;
}

void* moved(const View& y, i64 elements) {
  return static_cast<char*>(y.data) + elements * static_cast<i64>(size_of(y.dtype));
}

/// max_pool2d if there are positions, avg_pool2d otherwise.
void pool_planes(const char* op, const View& y, i64* positions, const View& x, std::span<const Window> rows,
                 std::span<const Window> columns) {
  if (y.numel() == 0) return;
  const Uploaded uploaded(rows, columns);
  const i64 size = uploaded.windows().height * uploaded.windows().width;
  constexpr i64 kLarge = 128;
  const Window &r = rows[0], &c = columns[0];
  const unsigned lanes = (r.end - r.begin) / r.step * ((c.end - c.begin) / c.step) >= kLarge ? 32 : 1;
  by_real_compute(op, x.dtype, [&]<class C>() {
    for_each_batch(x, [&](const PlaneBatch& batch, const std::array<i64, 2>& at) {
      enqueue(pool<C>, blocks_for(batch.numel * size, kThreads / lanes), kThreads, batch, moved(Planes(x), at[0]),
              uploaded.windows(), lanes, positions != nullptr, moved(y, at[1] * size),
              positions == nullptr ? nullptr : positions + at[1] * size);
    });
  });
}

}  // namespace

void max_pool2d(const View& y, const View& positions, const View& x, std::span<const Window> rows,
                std::span<const Window> columns) {
  pool_planes("max_pool2d", y, positions.as<i64>(), x, rows, columns);
}

void avg_pool2d(const View& y, const View& x, std::span<const Window> rows, std::span<const Window> columns) {
  pool_planes("avg_pool2d", y, nullptr, x, rows, columns);
}

void avg_pool2d_input(const View& dx, const View& dy, std::span<const Window> rows, std::span<const Window> columns) {
  if (dx.numel() == 0) return;
  const i64 height = dx.shape[dx.rank - 2], width = dx.shape[dx.rank - 1];
  const Uploaded uploaded(rows, columns);
  std::vector<i64> words;
  append_covers(words, rows, height);
  append_covers(words, columns, width);
  const Scratch<i64> sent = upload(words.data(), static_cast<i64>(words.size()));
  const Cover* covers = reinterpret_cast<const Cover*>(sent.data());
  by_real_compute("avg_pool2d_input", dx.dtype, [&]<class C>() {
    for_each_batch(dy, [&](const PlaneBatch& batch, const std::array<i64, 2>& at) {
      enqueue(spread<C>, blocks_for(batch.numel * height * width, kThreads), kThreads, batch, moved(Planes(dy), at[0]),
              uploaded.windows(), covers, covers + height, height, width, moved(dx, at[1] * height * width));
    });
  });
}

}  // namespace cadena::cuda
