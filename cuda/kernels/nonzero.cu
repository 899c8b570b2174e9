#include "cuda/kernels/indexing.h"
#include "cuda/kernels/layout.h"
#include "cuda/kernels/recording.h"
#include "cuda/kernels/upload.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr i64 kChunk = 16 * kThreads;  // elements of one block

__device__ __forceinline__ bool is_nonzero(const void* data, Dtype dtype, i64 at) {
  switch (dtype) {
    case Dtype::f32: return static_cast<const float*>(data)[at] != 0;
    case Dtype::f64: return static_cast<const double*>(data)[at] != 0;
    case Dtype::i64: return static_cast<const i64*>(data)[at] != 0;
    case Dtype::boolean: return static_cast<const bool*>(data)[at];
    default: return (static_cast<const std::uint16_t*>(data)[at] & 0x7fff) != 0;  // a sign alone is -0
  }
}

/// The elements of x in row-major order, with their places: one launch each.
struct Elements {
  const void* data;
  Dtype dtype;
  Layout<2> layout;
  i64 offset, place;
};

/// Sums over the block before, and including, this thread.
struct Rank {
  unsigned before, all;
};

__device__ __forceinline__ Rank rank_in_block(bool chosen, unsigned (&partial)[32]) {
  const unsigned votes = __ballot_sync(kFullWarp, chosen);
  const int warp = warp_index(), lane = lane_index();
  if (lane == 0) partial[warp] = static_cast<unsigned>(__popc(votes));
  __syncthreads();
  Rank rank{static_cast<unsigned>(__popc(votes & ((1u << lane) - 1))), 0};
  for (int w = 0; w < warp_count(); ++w) {
    if (w < warp) rank.before += partial[w];
    rank.all += partial[w];
  }
  __syncthreads();
  return rank;
}

/// Block c owns elements [c kChunk, (c + 1) kChunk). Counts those other than zero into counts[c]; or, given y, writes
/// their positions to the rows of y from counts[c] on.
__global__ void visit_chunks(Elements x, i64* counts, i64* y, const i64* shape, int rank) {
  __shared__ unsigned partial[32];
  const i64 begin = i64{blockIdx.x} * kChunk;
  i64 found = y == nullptr ? 0 : counts[blockIdx.x];
  for (i64 i = begin + threadIdx.x; i - threadIdx.x < begin + kChunk; i += kThreads) {
    i64 at[2] = {0, 0};
    const bool inside = i < x.layout.numel;
    if (inside) x.layout.offsets(static_cast<unsigned>(i), at);
    const bool chosen = inside && is_nonzero(x.data, x.dtype, x.offset + at[0]);
    const Rank own = rank_in_block(chosen, partial);
    if (y != nullptr && chosen) {
      i64 place = x.place + at[1];
      for (int axis = rank - 1; axis >= 0; --axis) {
        y[(found + own.before) * rank + axis] = place % shape[axis];
        place /= shape[axis];
      }
    }
    found += own.all;
  }
  if (y == nullptr && threadIdx.x == 0) counts[blockIdx.x] = found;
}

/// counts[c] = the sum of those before c, counts[n] that of all. One warp; lanes take 32 at a time.
__global__ void add_up(i64* counts, i64 n) {
  i64 total = 0;
  for (i64 begin = 0; begin < n; begin += 32) {
    const i64 c = begin + lane_index();
    const i64 own = c < n ? counts[c] : 0;
    i64 sum = own;
    for (int distance = 1; distance < 32; distance *= 2) {
      const i64 below = __shfl_up_sync(kFullWarp, sum, static_cast<unsigned>(distance));
      if (lane_index() >= distance) sum += below;
    }
    if (c < n) counts[c] = total + sum - own;
    total += __shfl_sync(kFullWarp, sum, 31);
  }
  if (lane_index() == 0) counts[n] = total;
}

/// How many elements other than zero lie before each chunk, and in the end how many there are.
class Chunks {
 public:
  explicit Chunks(const View& x) : x_(x), counts_(chunks_of(x) + 1) {
    visit(nullptr, nullptr);
    enqueue(add_up, 1, 32, counts_.data(), chunks_of(x));
  }

  i64 total() const {
    Recording::refuse("nonzero");
    i64 total = 0;
    copy_to_host(&total, counts_.data() + chunks_of(x_), sizeof(total));
    return total;
  }

  void visit(i64* y, const i64* shape) const {
    const Dims steps = row_major(Dims(x_.shape, static_cast<std::size_t>(x_.rank)));
    const View places{nullptr, Dtype::i64, x_.rank, x_.shape, steps.begin()};
    i64* counts = counts_.data();
    for_each_piece<2>({x_, places}, [&](const Layout<2>& layout, const std::array<i64, 2>& at) {
      const Elements elements{x_.data, x_.dtype, layout, at[0], at[1]};
      const i64 blocks = (layout.numel + kChunk - 1) / kChunk;
      enqueue(visit_chunks, static_cast<unsigned>(blocks), kThreads, elements, counts, y, shape, x_.rank);
      counts += blocks;
    });
  }

 private:
  /// Chunks of all pieces together.
  static i64 chunks_of(const View& x) {
    const Dims steps = row_major(Dims(x.shape, static_cast<std::size_t>(x.rank)));
    i64 chunks = 0;
    for_each_piece<2>({x, View{nullptr, Dtype::i64, x.rank, x.shape, steps.begin()}},
                      [&](const Layout<2>& layout, const auto&) { chunks += (layout.numel + kChunk - 1) / kChunk; });
    return chunks;
  }

  const View& x_;
  Scratch<i64> counts_;
};

}  // namespace

i64 count_nonzero(const View& x) { return x.numel() == 0 ? 0 : Chunks(x).total(); }

void nonzero(const View& y, const View& x) {
  if (y.numel() == 0) return;
  const Chunks chunks(x);
  const Scratch<i64> shape = upload(x.shape, x.rank);
  chunks.visit(y.as<i64>(), shape.data());
}

}  // namespace cadena::cuda
