#pragma once

#include <algorithm>
#include <bit>

#include "cuda/kernels/enqueue.h"
#include "cuda/kernels/walk.h"
#include "cuda/runtime/vector_load.h"

/// What kernels share that work along rows: a block is cut into teams, each team owns one row, and its threads take the
/// elements of the row in turn and then combine what they found.
namespace cadena::cuda {

inline constexpr unsigned kTeamThreads = 256;
inline constexpr i64 kRun = 64;  ///< elements that a thread adds up one after the other before it starts a new sum

/// How a block is cut. Threads of a team follow each other where rows are contiguous; where memory runs across the
/// rows, neighbouring threads belong to neighbouring teams, so that a warp still reads one piece of memory.
struct Teams {
  unsigned width = 1;  ///< threads of a team, a power of two
  unsigned count = 1;  ///< teams of a block, a power of two
  bool across = false;

  /// For rows of n elements: a thread takes about eight of them.
  Teams(i64 rows, i64 n, bool run_across) : across(run_across) {
    const unsigned most = across ? kTeamThreads / 32 : kTeamThreads;
    width = static_cast<unsigned>(std::bit_ceil(static_cast<std::uint64_t>(std::clamp<i64>(n / 8, 1, most))));
    const i64 side_by_side = std::clamp<i64>(rows, 1, kTeamThreads / width);
    count = std::max(std::bit_ceil(static_cast<unsigned>(side_by_side)), 32 / std::min(width, 32U));
  }

  unsigned threads() const { return width * count; }

  /// Blocks for `rows` rows.
  unsigned blocks(i64 rows) const { return static_cast<unsigned>((rows + count - 1) / count); }

  __device__ __forceinline__ unsigned rank() const { return across ? threadIdx.x / count : threadIdx.x % width; }
  __device__ __forceinline__ unsigned team() const { return across ? threadIdx.x % count : threadIdx.x / width; }

  /// The row of this thread's team; it may lie past the last one, and then has no elements but takes part in barriers.
  __device__ __forceinline__ i64 row() const { return static_cast<i64>(blockIdx.x) * count + team(); }
};

/// The value of the lane whose index differs in the bits of `mask`, for any type of whole words.
template <class T>
__device__ __forceinline__ T shuffle_xor(const T& mine, unsigned mask) {
  static_assert(sizeof(T) % sizeof(unsigned) == 0);
  struct Words {
    unsigned word[sizeof(T) / sizeof(unsigned)];
  };
  Words words = std::bit_cast<Words>(mine);
  for (unsigned& word : words.word) word = __shfl_xor_sync(0xffffffffU, word, static_cast<int>(mask));
  return std::bit_cast<T>(words);
}

/// `combine` of what all threads of a team bring, in one fixed order: shuffles inside warps, then shared memory. All
/// threads of the block call it, and each gets the result of its team; combine(a, b) must equal combine(b, a).
template <class Acc, class Combine>
__device__ Acc team_combine(const Teams& teams, Acc mine, const Combine& combine) {
  __shared__ Acc shared[kTeamThreads];  // one for each part of each team
  const unsigned lanes = teams.across ? 1 : teams.width < 32 ? teams.width : 32;
  for (unsigned mask = 1; mask < lanes; mask *= 2) mine = combine(mine, shuffle_xor(mine, mask));
  const unsigned parts = teams.width / lanes;
  if (parts == 1) return mine;
  const unsigned rank = teams.rank(), team = teams.team();
  if (rank % lanes == 0) shared[rank / lanes * teams.count + team] = mine;
  __syncthreads();
  Acc all = shared[team];
  for (unsigned part = 1; part < parts; ++part) all = combine(all, shared[part * teams.count + team]);
  __syncthreads();  // before the next call writes
  return all;
}

struct Plus {
  template <class C>
  __device__ __forceinline__ C operator()(C a, C b) const {
    return a + b;
  }
};

/// Elements that a thread moves at once where rows are contiguous and aligned: 16 bytes.
template <class T>
inline constexpr int kRowPack = static_cast<int>(16 / sizeof(T));

/// A row as kernels read and write it.
template <class T>
struct Row {
  T* data;
  i64 step;
};

/// Calls `f(i, x[i]…)` for the elements of a row of n that belong to this thread, in the compute type. `packed`: all
/// rows are contiguous and aligned to 16 bytes.
template <class T, class F, class... More>
__device__ __forceinline__ void visit_row(const Teams& teams, i64 n, bool packed, F f, const Row<const T>& x,
                                          const More&... more) {
  constexpr int kWidth = kRowPack<T>;
  i64 i = teams.rank();
  if (packed) {
    const auto visit = [&](i64 first, const auto&... in) {
#pragma unroll
      for (int k = 0; k < kWidth; ++k) f(first + k, static_cast<compute_t<T>>(in.value[k])...);
    };
    for (; i < n / kWidth; i += teams.width) {
      visit(i * kWidth, load_vector<kWidth>(x.data + i * kWidth), load_vector<kWidth>(more.data + i * kWidth)...);
    }
    i = n - n % kWidth + teams.rank();
  }
  for (; i < n; i += teams.width) {
    f(i, static_cast<compute_t<T>>(x.data[i * x.step]), static_cast<compute_t<T>>(more.data[i * more.step])...);
  }
}

/// y[i] = f(i, x[i]…) in the same way.
template <class T, class F, class... X>
__device__ __forceinline__ void map_row(const Teams& teams, i64 n, bool packed, const Row<T>& y, F f, const X&... x) {
  constexpr int kWidth = kRowPack<T>;
  i64 i = teams.rank();
  if (packed) {
    const auto map = [&](i64 first, const auto&... in) {
      Vector<T, kWidth> out;
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        out.value[k] = static_cast<T>(f(first + k, static_cast<compute_t<T>>(in.value[k])...));
      }
      store_vector<kWidth>(y.data + first, out);
    };
    for (; i < n / kWidth; i += teams.width) map(i * kWidth, load_vector<kWidth>(x.data + i * kWidth)...);
    i = n - n % kWidth + teams.rank();
  }
  for (; i < n; i += teams.width) {
    y.data[i * y.step] = static_cast<T>(f(i, static_cast<compute_t<T>>(x.data[i * x.step])...));
  }
}

/// The sum of f(i, x[i]…) over a row, for every thread of its team. Each thread adds up kRun terms at a time, so that
/// the rounding error does not grow with the row.
template <class C, class T, class F, class... X>
__device__ C team_sum(const Teams& teams, i64 n, bool packed, F f, const X&... x) {
  C sum = 0, run = 0;
  i64 terms = 0;
  visit_row<T>(
      teams, n, packed,
      [&](i64 i, auto... v) {
        run += f(i, v...);
        if (++terms % kRun == 0) {
          sum += run;
          run = 0;
        }
      },
      x...);
  return team_combine(teams, sum + run, Plus{});
}

/// The rows along the last axis of a view.
template <class T>
struct Rows {
  T* data;
  Walk walk;
  i64 step;

  explicit Rows(const View& x)
      : data(x.as<T>()), walk(x, 0, x.rank - 1), step(x.shape[x.rank - 1] == 1 ? 1 : x.strides[x.rank - 1]) {}

  __device__ __forceinline__ Row<T> operator[](i64 row) const { return {data + walk.offset(row), step}; }

  /// True if every row is contiguous and aligned to 16 bytes.
  bool is_packed() const { return step == 1 && walk.is_multiple(kRowPack<T>) && is_aligned<kRowPack<T>>(data); }

  /// True if memory runs across the rows rather than along them.
  bool runs_across() const { return walk.run() > 1 && std::abs(walk.step()) < std::abs(step); }
};

}  // namespace cadena::cuda
