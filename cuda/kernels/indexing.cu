#include "cuda/kernels/indexing.h"

#include "cuda/kernels/element.cuh"
#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/indexing.cuh"
#include "cuda/kernels/map.cuh"
#include "cuda/kernels/ranking.h"
#include "cuda/kernels/scratch.h"
#include "tensor/base/scalar.h"

namespace cadena::cuda {
namespace {

/// Calls `f.template operator()<Word>()` with a type of `bytes` bytes: copies need to know no more of an element.
template <class F>
void by_size(std::size_t bytes, F f) {
  if (bytes == 1) f.template operator()<std::uint8_t>();
  else if (bytes == 2) f.template operator()<std::uint16_t>();
  else if (bytes == 4) f.template operator()<std::uint32_t>();
  else f.template operator()<std::uint64_t>();
}

struct Wrap {
  i64 extent;
  __device__ i64 operator()(i64 index) const { return wrapped(index, extent); }
};

/// Rows (o, k) of y belong to thread rows; the threads along one copy its elements.
template <class Word>
__global__ void select_rows(Block3 to, Word* y, Block3 from, const Word* x, const i64* index, i64 index_step) {
  const i64 rows = to.shape[0] * to.shape[1], step = i64{gridDim.x} * blockDim.y;
  for (i64 row = i64{blockIdx.x} * blockDim.y + threadIdx.y; row < rows; row += step) {
    const i64 o = quotient(row, to.shape[1]), k = row - o * to.shape[1];
    const i64 source = from.at(o, wrapped(index[k * index_step], from.shape[1]), 0);
    const i64 target = to.at(o, k, 0);
    for (i64 i = threadIdx.x; i < to.shape[2]; i += blockDim.x) {
      y[target + i * to.strides[2]] = x[source + i * from.strides[2]];
    }
  }
}

/// Like select_rows, with an index for each element.
template <class Word>
__global__ void gather_rows(Block3 to, Word* y, Block3 from, const Word* x, Block3 indices, const i64* index) {
  const i64 rows = to.shape[0] * to.shape[1], step = i64{gridDim.x} * blockDim.y;
  for (i64 row = i64{blockIdx.x} * blockDim.y + threadIdx.y; row < rows; row += step) {
    const i64 o = quotient(row, to.shape[1]), k = row - o * to.shape[1];
    for (i64 i = threadIdx.x; i < to.shape[2]; i += blockDim.x) {
      y[to.at(o, k, i)] = x[from.at(o, wrapped(index[indices.at(o, k, i)], from.shape[1]), i)];
    }
  }
}

/// First launch: last[o, index, i] = the greatest k that writes there. Second launch: that k writes.
template <class Word>
__global__ void scatter_rows(Block3 to, Word* y, Block3 from, const Word* x, Block3 indices, const i64* index,
                             unsigned long long* last, bool write) {
  const i64 rows = from.shape[0] * from.shape[1], step = i64{gridDim.x} * blockDim.y;
  for (i64 row = i64{blockIdx.x} * blockDim.y + threadIdx.y; row < rows; row += step) {
    const i64 o = quotient(row, from.shape[1]), k = row - o * from.shape[1];
    for (i64 i = threadIdx.x; i < from.shape[2]; i += blockDim.x) {
      const i64 n = wrapped(index[indices.at(o, k, i)], to.shape[1]);
      unsigned long long* own = last + (o * to.shape[1] + n) * to.shape[2] + i;
      if (!write) atomicMax(own, static_cast<unsigned long long>(k));
      else if (*own == static_cast<unsigned long long>(k)) y[to.at(o, n, i)] = x[from.at(o, k, i)];
    }
  }
}

/// y[…] += x[…] along each column (o, i), which belongs to one thread, k ascending.
template <class C>
__global__ void add_columns(Block3 to, void* y, Dtype dtype, Block3 from, const void* x, Block3 indices,
                            const i64* index) {
  const i64 columns = from.shape[0] * from.shape[2], step = i64{gridDim.x} * blockDim.x;
  for (i64 column = i64{blockIdx.x} * blockDim.x + threadIdx.x; column < columns; column += step) {
    const i64 o = quotient(column, from.shape[2]), i = column - o * from.shape[2];
    for (i64 k = 0; k < from.shape[1]; ++k) {
      const i64 at = to.at(o, wrapped(index[indices.at(o, k, i)], to.shape[1]), i);
      const C sum = scalar::Add{}(load_element<C>(y, dtype, at), load_element<C>(x, dtype, from.at(o, k, i)));
      store_element(y, dtype, at, sum);
    }
  }
}

/// items[p] = (the row-major place in y that x[o, k, i] is added to, p); places past the end sort last.
__global__ void list_targets(Ranked* items, i64 capacity, Block3 to, Block3 from, Block3 indices, const i64* index) {
  const i64 count = from.shape[0] * from.shape[1] * from.shape[2], step = i64{gridDim.x} * blockDim.x;
  for (i64 p = i64{blockIdx.x} * blockDim.x + threadIdx.x; p < capacity; p += step) {
    std::uint64_t key = ~std::uint64_t{0};
    if (p < count) {
      const i64 row = quotient(p, from.shape[2]), i = p - row * from.shape[2];
      const i64 o = quotient(row, from.shape[1]), k = row - o * from.shape[1];
      const i64 n = wrapped(index[indices.at(o, k, i)], to.shape[1]);
      key = static_cast<std::uint64_t>((o * to.shape[1] + n) * to.shape[2] + i);
    }
    items[p] = {key, p};
  }
}

/// The element of a row-major place.
__device__ __forceinline__ i64 element_at(const Block3& x, i64 place) {
  const i64 row = quotient(place, x.shape[2]), o = quotient(row, x.shape[1]);
  return x.at(o, row - o * x.shape[1], place - row * x.shape[2]);
}

/// Items with one key follow each other. The thread row that owns the first of them adds them all, in runs of 64 whose
/// sums are then added, and the result to y. Lanes along a thread row own the columns of x where a key stands for a
/// whole row (`columns` of them, `outer` times), and otherwise there is one.
template <class C>
__global__ void add_ranked(const Ranked* items, i64 count, Block3 to, void* y, Block3 from, const void* x, Dtype dtype,
                           bool whole_rows) {
  constexpr int kRun = 64;
  const scalar::Add add{};
  const i64 outer = whole_rows ? from.shape[0] : 1, columns = whole_rows ? from.shape[2] : 1;
  const i64 step = i64{gridDim.x} * blockDim.y;
  for (i64 p = i64{blockIdx.x} * blockDim.y + threadIdx.y; p < outer * count; p += step) {
    const i64 o = quotient(p, count), first = p - o * count;
    const std::uint64_t key = items[first].key;
    if (first > 0 && items[first - 1].key == key) continue;
    for (i64 i = threadIdx.x; i < columns; i += blockDim.x) {
      C total = 0, run = 0;
      for (i64 item = first; item < count && items[item].key == key; ++item) {
        const i64 number = items[item].number;
        run = add(run, load_element<C>(x, dtype, whole_rows ? from.at(o, number, i) : element_at(from, number)));
        if ((item - first) % kRun != kRun - 1) continue;
        total = add(total, run);
        run = 0;
      }
      const i64 at = whole_rows ? to.at(o, static_cast<i64>(key), i) : element_at(to, static_cast<i64>(key));
      store_element(y, dtype, at, add(load_element<C>(y, dtype, at), add(total, run)));
    }
  }
}

/// scatter_add, or index_add where the strides of `index` are 0 along the outer and inner axes.
void add_at(const char* op, const View& y, const View& index, const View& x, bool whole_rows) {
  const Block3 to(y), from(x), indices(index);
  if (from.numel() == 0) return;
  const i64 columns = from.shape[0] * from.shape[2], count = whole_rows ? from.shape[1] : from.numel();
  constexpr i64 kShort = 32, kManyColumns = 16384;
  by_compute(op, y.dtype, [&]<class C>() {
    if (from.shape[1] <= kShort || columns >= kManyColumns) {
      enqueue(add_columns<C>, blocks_for(columns, kIndexThreads), kIndexThreads, to, y.data, y.dtype, from, x.data,
              indices, index.as<i64>());
      return;
    }
    const i64 capacity = rank_capacity(count);
    const Scratch<Ranked> scratch(capacity);
    Ranked* items = scratch.data();
    Block3 target = to, source = from;
    if (whole_rows) {  // a key is an index, a number a row of x
      target.shape[0] = target.shape[2] = source.shape[0] = source.shape[2] = 1;
    }
    enqueue(list_targets, blocks_for(capacity, kIndexThreads), kIndexThreads, items, capacity, target, source, indices,
            index.as<i64>());
    rank(items, capacity);
    const RowGrid rows(whole_rows ? from.shape[0] * count : count, whole_rows ? from.shape[2] : 1);
    enqueue(add_ranked<C>, Launch{.grid = rows.grid, .block = rows.block}, items, count, to, y.data, from, x.data,
            y.dtype, whole_rows);
  });
}

/// The strides of x, and data, in words of 16 bytes, if its rows can be copied in such; false otherwise.
bool in_words(const View& x, Block3& block) {
  const i64 each = 16 / static_cast<i64>(size_of(x.dtype));
  const bool fits = x.shape[2] > 1 && x.strides[2] == 1 && x.shape[2] % each == 0 && x.strides[0] % each == 0 &&
                    x.strides[1] % each == 0 && loads_in_quads(x.data);
  if (!fits) return false;
  block.shape[2] /= each;
  block.strides[0] /= each;
  block.strides[1] /= each;
  return true;
}

}  // namespace

void wrap_index(const View& y, const View& index, i64 extent) { map<i64, i64>(y, index, Wrap{extent}); }

void index_select(const View& y, const View& x, const View& index) {
  if (y.numel() == 0) return;
  Block3 to(y), from(x);
  const auto copy_rows = [&]<class Word>() {
    const RowGrid rows(to.shape[0] * to.shape[1], to.shape[2]);
    enqueue(select_rows<Word>, Launch{.grid = rows.grid, .block = rows.block}, to, y.as<Word>(), from, x.as<Word>(),
            index.as<i64>(), index.strides[0]);
  };
  Block3 wide_to = to, wide_from = from;
  if (in_words(y, wide_to) && in_words(x, wide_from)) {
    to = wide_to;
    from = wide_from;
    copy_rows.operator()<uint4>();
  } else {
    by_size(size_of(x.dtype), copy_rows);
  }
}

void index_add(const View& y, const View& index, const View& x) {
  const i64 strides[3] = {0, index.strides[0], 0};
  add_at("index_add", y, View{index.data, index.dtype, 3, x.shape, strides}, x, true);
}

void gather(const View& y, const View& x, const View& index) {
  if (y.numel() == 0) return;
  const Block3 to(y), from(x), indices(index);
  by_size(size_of(x.dtype), [&]<class Word>() {
    const RowGrid rows(to.shape[0] * to.shape[1], to.shape[2]);
    enqueue(gather_rows<Word>, Launch{.grid = rows.grid, .block = rows.block}, to, y.as<Word>(), from, x.as<Word>(),
            indices, index.as<i64>());
  });
}

void scatter(const View& y, const View& index, const View& x) {
  if (x.numel() == 0) return;
  const Block3 to(y), from(x), indices(index);
  const i64 places = to.numel(), step = 1;
  const Scratch<unsigned long long> last(places);
  fill(View{last.data(), Dtype::i64, 1, &places, &step}, 0);
  by_size(size_of(x.dtype), [&]<class Word>() {
    const RowGrid rows(from.shape[0] * from.shape[1], from.shape[2]);
    for (const bool write : {false, true}) {
      enqueue(scatter_rows<Word>, Launch{.grid = rows.grid, .block = rows.block}, to, y.as<Word>(), from, x.as<Word>(),
              indices, index.as<i64>(), last.data(), write);
    }
  });
}

void scatter_add(const View& y, const View& index, const View& x) { add_at("scatter_add", y, index, x, false); }

void masked_fill(const View& y, const View& x, const View& mask, const View& value) {
  const Dims still = Dims::filled(y.rank, 0);
  where(y, mask, View{value.data, value.dtype, y.rank, y.shape, still.begin()}, x);
}

}  // namespace cadena::cuda
