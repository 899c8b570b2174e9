#include "cuda/kernels/ranking.h"

#include "cuda/kernels/enqueue.h"
#include "tensor/base/philox.h"

namespace cadena::cuda {
namespace {

constexpr unsigned kSortThreads = 512;
constexpr i64 kShared = 2 * kSortThreads;  // items that one block sorts in shared memory

struct Order {
  bool by_random_words;
  std::uint64_t seed, stream;

  __device__ __forceinline__ std::uint64_t low(const Ranked& item) const {
    const auto words = philox(seed, stream, static_cast<std::uint64_t>(item.number));
    return static_cast<std::uint64_t>(words[2]) << 32 | words[3];
  }

  __device__ __forceinline__ bool operator()(const Ranked& a, const Ranked& b) const {
    if (a.key != b.key) return a.key < b.key;
    if (by_random_words) {
      const std::uint64_t low_a = low(a), low_b = low(b);
      if (low_a != low_b) return low_a < low_b;
    }
    return a.number < b.number;
  }
};

/// Puts the items of one comparator of the network in order: ascending where bit `run` of their place is 0.
__device__ __forceinline__ void compare(Ranked* items, i64 first, i64 place, i64 distance, i64 run,
                                        const Order& order) {
  const Ranked a = items[first], b = items[first + distance];
  const bool ascending = (place & run) == 0;
  if (order(b, a) == ascending) {
    items[first] = b;
    items[first + distance] = a;
  }
}

/// Where the t-th comparator between places `distance` apart begins.
__device__ __forceinline__ i64 comparator(i64 t, i64 distance) { return t / distance * 2 * distance + t % distance; }

/// Each block owns kShared neighbours in shared memory and does all steps within them: from runs of `run` on up to runs
/// of `last`, or only the end of one merge, from `distance` down.
__global__ void __launch_bounds__(kSortThreads)
    sort_blocks(Ranked* items, i64 run, i64 last, i64 distance, Order order) {
  __shared__ Ranked own[kShared];
  const i64 begin = i64{blockIdx.x} * kShared;
  for (i64 i = threadIdx.x; i < kShared; i += kSortThreads) own[i] = items[begin + i];
  for (; run <= last; run *= 2, distance = run / 2) {
    for (i64 d = distance; d > 0; d /= 2) {
      __syncthreads();
      const i64 first = comparator(threadIdx.x, d);
      compare(own, first, begin + first, d, run, order);
    }
  }
  __syncthreads();
  for (i64 i = threadIdx.x; i < kShared; i += kSortThreads) items[begin + i] = own[i];
}

/// One step of the network between places that lie too far apart for a block; thread t owns comparators t, t + threads,
/// …
__global__ void sort_step(Ranked* items, i64 comparators, i64 distance, i64 run, Order order) {
  const i64 threads = i64{gridDim.x} * blockDim.x;
  for (i64 t = i64{blockIdx.x} * blockDim.x + threadIdx.x; t < comparators; t += threads) {
    const i64 first = comparator(t, distance);
    compare(items, first, first, distance, run, order);
  }
}

}  // namespace

i64 rank_capacity(i64 n) {
  i64 capacity = kShared;
  while (capacity < n) capacity *= 2;
  return capacity;
}

void rank(Ranked* items, i64 count, bool by_random_words, std::uint64_t seed, std::uint64_t stream) {
  const Order order{by_random_words, seed, stream};
  const auto blocks = static_cast<unsigned>(count / kShared);
  enqueue(sort_blocks, blocks, kSortThreads, items, i64{2}, kShared, i64{1}, order);
  for (i64 run = 2 * kShared; run <= count; run *= 2) {
    for (i64 distance = run / 2; distance >= kShared; distance /= 2) {
      enqueue(sort_step, blocks_for(count / 2, kSortThreads), kSortThreads, items, count / 2, distance, run, order);
    }
    enqueue(sort_blocks, blocks, kSortThreads, items, run, run, kShared / 2, order);
  }
}

}  // namespace cadena::cuda
