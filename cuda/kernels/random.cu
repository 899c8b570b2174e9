#include "cuda/kernels/random.h"

#include <cmath>

#include "cuda/kernels/element.cuh"
#include "cuda/kernels/ranking.h"
#include "cuda/kernels/recording.h"
#include "cuda/kernels/upload.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda {
namespace {

constexpr unsigned kThreads = 256;

/// Element i set to a value that was computed in f64, or to an integer, rounded as on the CPU.
template <class V>
__device__ __forceinline__ void put(void* y, Dtype dtype, i64 i, V value) {
  switch (dtype) {
    case Dtype::f64: static_cast<double*>(y)[i] = static_cast<double>(value); break;
    case Dtype::i64: static_cast<i64*>(y)[i] = static_cast<i64>(value); break;
    case Dtype::boolean: static_cast<bool*>(y)[i] = value != V{0}; break;
    default: store_element(y, dtype, i, static_cast<float>(value));
  }
}

/// y[i] = f(i); thread t owns elements t, t + threads, …
template <class F>
__global__ void generate_elements(void* y, Dtype dtype, i64 n, F f) {
  const i64 threads = i64{gridDim.x} * blockDim.x;
  for (i64 i = i64{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += threads) put(y, dtype, i, f(i));
}

template <class F>
void generate(const View& y, F f) {
  const i64 n = y.numel();
  if (n > 0) enqueue(generate_elements<F>, blocks_for(n, kThreads), kThreads, y.data, y.dtype, n, f);
}

/// The value that `draw` makes of the four random words of element i.
template <class Draw>
struct FromWords {
  Seed seed, stream;
  Draw draw;
  __device__ auto operator()(i64 i) const { return draw(philox(seed, stream, static_cast<Seed>(i))); }
};

struct TruncatedNormal {
  Seed seed, stream;
  scalar::TruncatedNormalDraw standard;
  scalar::NormalDraw draw;
  scalar::Bounds rounded;
  __device__ double operator()(i64 i) const {
    const double x = std::fma(draw.deviation, standard(seed, stream, static_cast<Seed>(i)), draw.mean);
    return x < rounded.low ? rounded.low : x > rounded.high ? rounded.high : x;
  }
};

/// True with probability p, or with probability each[i].
struct Coin {
  Seed seed, stream;
  double p;
  const void* each;
  Dtype dtype;
  __device__ i64 operator()(i64 i) const {
    const scalar::Words words = philox(seed, stream, static_cast<Seed>(i));
    return to_uniform(words[0], words[1]) < (each == nullptr ? p : load_real(each, dtype, i)) ? 1 : 0;
  }
};

/// The same with probability p, from a state that the device holds; one thread writes the state that follows.
struct CoinFrom {
  const i64* state;
  i64* next;
  double p;
  __device__ i64 operator()(i64 i) const {
    const Seed seed = static_cast<Seed>(state[0]), stream = static_cast<Seed>(state[1]);
    if (i == 0) {
      next[0] = state[0];
      next[1] = static_cast<i64>(stream + 1);
    }
    const scalar::Words words = philox(seed, stream, static_cast<Seed>(i));
    return to_uniform(words[0], words[1]) < p ? 1 : 0;
  }
};

/// *first = the least i with p[i] outside [0, 1].
__global__ void look_for_non_probability(const void* p, Dtype dtype, i64 n, unsigned long long* first) {
  const i64 threads = i64{gridDim.x} * blockDim.x;
  for (i64 i = i64{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += threads) {
    const double x = load_real(p, dtype, i);
    if (!(x >= 0 && x <= 1)) atomicMin(first, static_cast<unsigned long long>(i));
  }
}

/// What a row of weights sums up to.
struct Total {
  double sum;
  i64 last;  // of the positive weights
};

/// Each warp owns a row. It adds the weights one after the other, as the CPU does, so that the sums are the same to the
/// bit: lanes load 32 at a time, and every lane adds them all. cumulative[row, j] = the sum up to weight j. *first =
/// the least row with a negative weight or a sum that is not positive and finite.
__global__ void accumulate_rows(const void* weights, Dtype dtype, i64 rows, i64 k, double* cumulative, Total* totals,
                                unsigned long long* first) {
  const i64 row = i64{blockIdx.x} * warp_count() + warp_index();
  if (row >= rows) return;
  Total total{0, 0};
  bool valid = true;
  for (i64 begin = 0; begin < k; begin += 32) {
    const i64 j = begin + lane_index();
    const double own = j < k ? load_real(weights, dtype, row * k + j) : 0;
    double up_to_own = 0;
    for (int lane = 0; lane < 32; ++lane) {
      const double weight = __shfl_sync(kFullWarp, own, lane);
      if (begin + lane >= k) continue;
      total.sum += weight;
      if (weight > 0) total.last = begin + lane;
      valid = valid && weight >= 0;
      if (lane == lane_index()) up_to_own = total.sum;
    }
    if (j < k && cumulative != nullptr) cumulative[row * k + j] = up_to_own;
  }
  if (lane_index() != 0) return;
  if (totals != nullptr) totals[row] = total;
  const bool finite = total.sum <= std::numeric_limits<double>::max();
  if (first != nullptr && !(valid && total.sum > 0 && finite)) atomicMin(first, static_cast<unsigned long long>(row));
}

/// y[i] = the first index of its row whose cumulative weight exceeds a random point below the sum.
struct Choice {
  Seed seed, stream;
  const double* cumulative;
  const Total* totals;
  i64 k, draws;
  __device__ i64 operator()(i64 i) const {
    const scalar::Words words = philox(seed, stream, static_cast<Seed>(i));
    const i64 row = i / draws;
    const double point = to_uniform(words[0], words[1]) * totals[row].sum;
    i64 low = 0, high = k;
    while (low < high) {
      const i64 middle = (low + high) / 2;
      if (cumulative[row * k + middle] > point) high = middle;
      else low = middle + 1;
    }
    return low < totals[row].last ? low : totals[row].last;
  }
};

i64 rows_of(const View& x) {
  i64 rows = 1;
  for (int axis = 0; axis + 1 < x.rank; ++axis) rows *= x.shape[axis];
  return rows;
}

constexpr unsigned kWarps = 4;

void accumulate(const View& weights, double* cumulative, Total* totals, unsigned long long* first) {
  const i64 rows = rows_of(weights);
  if (rows == 0) return;
  enqueue(accumulate_rows, static_cast<unsigned>((rows + kWarps - 1) / kWarps), kWarps * 32, weights.data,
          weights.dtype, rows, weights.shape[weights.rank - 1], cumulative, totals, first);
}

constexpr i64 kNone = -1;  // all bits set: the greatest unsigned number

i64 read(const char* op, const Scratch<i64>& scratch) {
  Recording::refuse(op);
  i64 value = 0;
  copy_to_host(&value, scratch.data(), sizeof(value));
  return value;
}

/// items[i] = (the high half of the random words of i, i); those past the end sort last.
__global__ void list_keys(Ranked* items, i64 capacity, i64 n, Seed seed, Seed stream) {
  const i64 threads = i64{gridDim.x} * blockDim.x;
  for (i64 i = i64{blockIdx.x} * blockDim.x + threadIdx.x; i < capacity; i += threads) {
    const scalar::Words words = philox(seed, stream, static_cast<Seed>(i));
    items[i] = {i < n ? Seed{words[0]} << 32 | words[1] : ~Seed{0}, i < n ? i : capacity + i};
  }
}

struct NumberOf {
  const Ranked* items;
  __device__ i64 operator()(i64 i) const { return items[i].number; }
};

}  // namespace

void uniform(const View& y, Seed seed, Seed stream, scalar::UniformDraw draw) {
  if (!is_floating(y.dtype)) fail_dtype("uniform", y.dtype, "f32, f64, f16 or bf16");
  generate(y, FromWords<scalar::UniformDraw>{seed, stream, draw});
}

void normal(const View& y, Seed seed, Seed stream, scalar::NormalDraw draw) {
  if (!is_floating(y.dtype)) fail_dtype("normal", y.dtype, "f32, f64, f16 or bf16");
  generate(y, FromWords<scalar::NormalDraw>{seed, stream, draw});
}

void truncated_normal(const View& y, Seed seed, Seed stream, scalar::NormalDraw draw, scalar::Bounds bounds,
                      scalar::Bounds rounded) {
  const scalar::TruncatedNormalDraw standard{(bounds.low - draw.mean) / draw.deviation,
                                             (bounds.high - draw.mean) / draw.deviation};
  if (!is_floating(y.dtype)) fail_dtype("truncated_normal", y.dtype, "f32, f64, f16 or bf16");
  generate(y, TruncatedNormal{seed, stream, standard, draw, rounded});
}

void randint(const View& y, Seed seed, Seed stream, scalar::IntegerDraw draw) {
  generate(y, FromWords<scalar::IntegerDraw>{seed, stream, draw});
}

void bernoulli(const View& y, Seed seed, Seed stream, double p) {
  generate(y, Coin{seed, stream, p, nullptr, Dtype::f64});
}

void bernoulli_from(const View& y, const View& next, const View& state, double p) {
  const CoinFrom coin{state.as<i64>(), next.as<i64>(), p};
  if (y.numel() > 0) return generate(y, coin);
  const Scratch<bool> nothing(1);  // the state goes on all the same
  enqueue(generate_elements<CoinFrom>, 1, 1, static_cast<void*>(nothing.data()), Dtype::boolean, i64{1}, coin);
}

void bernoulli_each(const View& y, const View& p, Seed seed, Seed stream) {
  generate(y, Coin{seed, stream, 0, p.data, p.dtype});
}

i64 first_non_probability(const View& p) {
  const i64 n = p.numel();
  if (n == 0) return -1;
  const Scratch<i64> first = upload(&kNone, 1);
  enqueue(look_for_non_probability, blocks_for(n, kThreads), kThreads, p.data, p.dtype, n,
          reinterpret_cast<unsigned long long*>(first.data()));
  return read("bernoulli", first);
}

void categorical(const View& y, const View& weights, i64 draws, Seed seed, Seed stream) {
  if (y.numel() == 0) return;
  const i64 rows = rows_of(weights), k = weights.shape[weights.rank - 1];
  const Scratch<double> cumulative(rows * k);
  const Scratch<Total> totals(rows);
  accumulate(weights, cumulative.data(), totals.data(), nullptr);
  generate(y, Choice{seed, stream, cumulative.data(), totals.data(), k, draws});
}

i64 first_row_without_distribution(const View& weights) {
  const Scratch<i64> first = upload(&kNone, 1);
  accumulate(weights, nullptr, nullptr, reinterpret_cast<unsigned long long*>(first.data()));
  return read("categorical", first);
}

void permutation(const View& y, Seed seed, Seed stream) {
  const i64 n = y.numel(), capacity = rank_capacity(n);
  if (n == 0) return;
  const Scratch<Ranked> scratch(capacity);
  Ranked* items = scratch.data();
  enqueue(list_keys, blocks_for(capacity, kThreads), kThreads, items, capacity, n, seed, stream);
  rank(items, capacity, true, seed, stream);
  generate(y, NumberOf{items});
}

}  // namespace cadena::cuda
