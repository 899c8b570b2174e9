#include "cuda/kernels/sort.h"

#include <cstdint>

#include "cuda/kernels/team.cuh"

namespace cadena::cuda {
namespace {

constexpr unsigned kTile = 1024;  // elements that one block sorts in shared memory

/// An element while it is sorted. Keys order as unsigned integers as the elements do, and the place in the row breaks
/// ties: no two entries are equal, so any algorithm is stable.
struct Entry {
  std::uint64_t key;
  std::uint32_t place;
};

__device__ __forceinline__ bool precedes(const Entry& a, const Entry& b) {
  return a.key != b.key ? a.key < b.key : a.place < b.place;
}

/// x as an unsigned integer that orders alike, NaN above all and -0 equal to 0: positive numbers order as their bits
/// do, negative ones the other way round.
__device__ __forceinline__ std::uint64_t key_of(double x) {
  if (x != x) return ~std::uint64_t{0};
  const auto bits = std::bit_cast<std::uint64_t>(x + 0.0);  // -0 + 0 = 0
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}
__device__ __forceinline__ std::uint64_t key_of(float x) { return key_of(static_cast<double>(x)); }
__device__ __forceinline__ std::uint64_t key_of(i64 x) {
  return static_cast<std::uint64_t>(x) ^ (std::uint64_t{1} << 63);
}
__device__ __forceinline__ std::uint64_t key_of(bool x) { return x ? 1 : 0; }

/// Rows of n elements in tiles of `tile`, a power of two; of each sorted run only the first `kept` entries matter.
struct Sorting {
  i64 rows, n, tiles, kept;
  unsigned tile;
  bool descending;
};

/// Each block owns a tile of a row and sorts it by bitonic merging: runs twice as long with each `length`, by comparing
/// entries `distance` apart.
template <class T>
__global__ void sort_tiles(Sorting sorting, const __grid_constant__ Rows<const T> x, Entry* sorted) {
  __shared__ std::uint64_t keys[kTile];
  __shared__ std::uint32_t places[kTile];
  const i64 row = blockIdx.x / sorting.tiles, first = blockIdx.x % sorting.tiles * sorting.tile;
  const Row<const T> in = x[row];
  for (unsigned i = threadIdx.x; i < sorting.tile; i += blockDim.x) {
    const i64 place = first + i;
    const bool inside = place < sorting.n;
    const std::uint64_t key = inside ? key_of(static_cast<compute_t<T>>(in.data[place * in.step])) : 0;
    keys[i] = !inside ? ~std::uint64_t{0} : sorting.descending ? ~key : key;
    places[i] = inside ? static_cast<std::uint32_t>(place) : ~std::uint32_t{0};  // what is outside sorts last
  }
  for (unsigned length = 2; length <= sorting.tile; length *= 2) {
    for (unsigned distance = length / 2; distance > 0; distance /= 2) {
      __syncthreads();
      for (unsigned pair = threadIdx.x; pair < sorting.tile / 2; pair += blockDim.x) {
        const unsigned low = pair / distance * 2 * distance + pair % distance, high = low + distance;
        const Entry a{keys[low], places[low]}, b{keys[high], places[high]};
        const bool rising = (low & length) == 0;
        if (precedes(b, a) != rising) continue;
        keys[low] = b.key;
        places[low] = b.place;
        keys[high] = a.key;
        places[high] = a.place;
      }
    }
  }
  __syncthreads();
  for (unsigned i = threadIdx.x; i < sorting.tile && first + i < sorting.n; i += blockDim.x) {
    sorted[row * sorting.n + first + i] = {keys[i], places[i]};
  }
}

/// Each thread owns an entry of a sorted run of `length` and finds its place in the merge with the neighbouring run:
/// its own index, and as many further as entries of the neighbour precede it.
__global__ void merge_runs(Sorting sorting, i64 length, const Entry* from, Entry* to) {
  const i64 at = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (at >= sorting.rows * sorting.n) return;
  const i64 row = at / sorting.n, i = at % sorting.n;
  const i64 run = i / length, index = i % length, pair = run / 2 * 2 * length;
  if (index >= sorting.kept) return;
  const i64 other = run % 2 == 0 ? pair + length : pair;
  const i64 rest = sorting.n - other < length ? sorting.n - other : length;
  const Entry mine = from[at];
  const Entry* neighbour = from + row * sorting.n + other;
  i64 low = 0, high = rest < sorting.kept ? rest : sorting.kept;  // entries before `low` precede mine, from `high` none
  while (low < high) {
    const i64 middle = low + (high - low) / 2;
    if (precedes(neighbour[middle], mine)) low = middle + 1;
    else high = middle;
  }
  const i64 place = index + low;
  if (place < sorting.kept) to[row * sorting.n + pair + place] = mine;
}

/// Each team owns a row of the result.
template <class T>
__global__ void take_sorted(Teams teams, Sorting sorting, const __grid_constant__ Rows<T> values,
                            const __grid_constant__ Rows<i64> indices, const __grid_constant__ Rows<const T> x,
                            const Entry* sorted) {
  const i64 row = teams.row();
  if (row >= sorting.rows) return;
  const Row<T> value = values[row];
  const Row<i64> index = indices[row];
  const Row<const T> in = x[row];
  for (i64 i = teams.rank(); i < sorting.kept; i += teams.width) {
    const i64 place = sorted[row * sorting.n + i].place;
    value.data[i * value.step] = in.data[place * in.step];
    index.data[i * index.step] = place;
  }
}

}  // namespace

void sort(const View& values, const View& indices, const View& x, bool descending) {
  const i64 n = x.shape[x.rank - 1], kept = values.shape[values.rank - 1];
  if (values.numel() == 0) return;
  if (n > kMaxElements) fail<DeviceError>("sort: rows of ", n, " elements are too long for a CUDA device");
  const unsigned tile = std::bit_ceil(static_cast<unsigned>(std::min<i64>(n, kTile)));
  const Sorting sorting{values.numel() / kept, n, (n + tile - 1) / tile, kept, tile, descending};
  const i64 count = sorting.rows * n;
  Scratch<Entry> sorted(count), merged(sorting.tiles > 1 ? count : 0);
  const Walkable walkable(x, x.rank - 1);
  by_dtype("sort", x.dtype, [&]<class T>() {
    const Rows<const T> in(walkable.view());
    enqueue(sort_tiles<T>, static_cast<unsigned>(sorting.rows * sorting.tiles), std::clamp(tile / 2, 32U, 512U),
            sorting, in, sorted.data());
    constexpr unsigned kThreads = 256;
    for (i64 length = tile; length < n; length *= 2) {
      enqueue(merge_runs, static_cast<unsigned>((count + kThreads - 1) / kThreads), kThreads, sorting, length,
              sorted.data(), merged.data());
      std::swap(sorted, merged);
    }
    const Teams teams(sorting.rows, kept, false);
    enqueue(take_sorted<T>, teams.blocks(sorting.rows), teams.threads(), teams, sorting, Rows<T>(values),
            Rows<i64>(indices), in, sorted.data());
  });
}

}  // namespace cadena::cuda
