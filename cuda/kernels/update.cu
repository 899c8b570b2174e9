#include "cuda/kernels/update.h"

#include <cstddef>
#include <new>
#include <type_traits>
#include <vector>

#include "cuda/kernels/enqueue.h"
#include "cuda/kernels/layout.h"
#include "cuda/kernels/recording.h"
#include "cuda/kernels/scratch.h"
#include "tensor/base/scalar_update.h"

namespace cadena::cuda {
namespace {

/// The arrays of one step: view 0 is w, 1 is g, 2 the master (w again where there is none), then the states.
template <class T, int N>
struct Arrays {
  using C = compute_t<T>;
  T* w;
  const C* g;
  C* master;
  C* state[N == 0 ? 1 : N];
};

/// Thread i updates weights i, i + threads, …
template <class T, class F, std::size_t... K>
__device__ __forceinline__ void update_at(const i64 (&at)[3 + sizeof...(K)], const F& f,
                                          const Arrays<T, F::kStates>& arrays, std::index_sequence<K...>) {
  using C = compute_t<T>;
  T& w = arrays.w[at[0]];
  const C g = arrays.g[at[1]];
  if constexpr (std::is_same_v<T, C>) {
    f(w, g, arrays.state[K][at[3 + K]]...);
  } else {
    C& exact = arrays.master[at[2]];
    if (static_cast<C>(T(exact)) != static_cast<C>(w)) exact = static_cast<C>(w);
    f(exact, g, arrays.state[K][at[3 + K]]...);
    w = T(exact);
  }
}

template <class T, class F>
__global__ void update_weights(const __grid_constant__ Layout<3 + F::kStates> layout, bool contiguous, F f,
                               const __grid_constant__ Arrays<T, F::kStates> arrays) {
  const unsigned threads = gridDim.x * blockDim.x;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < layout.numel; i += threads) {
    i64 at[3 + F::kStates];
    if (contiguous) {
      for (i64& offset : at) offset = i;
    } else {
      layout.offsets(i, at);
    }
    update_at(at, f, arrays, std::make_index_sequence<F::kStates>());
  }
}

/// One tensor of many.
template <class T, class F>
struct Entry {
  Arrays<T, F::kStates> arrays;
  i64 numel;
};

/// Elements of tensor `entry` from `begin` on.
struct Chunk {
  i64 entry, begin;
};

constexpr i64 kChunk = 32768;

/// Block b owns kChunk elements of one tensor, those of chunk b; thread t updates t, t + threads, … steps[i] is what is
/// done to tensor i.
template <class T, class F>
__global__ void update_chunks(const Entry<T, F>* entries, const F* steps, const Chunk* chunks) {
  const Chunk chunk = chunks[blockIdx.x];
  const Entry<T, F>& entry = entries[chunk.entry];
  const Arrays<T, F::kStates> arrays = entry.arrays;
  const F f = steps[chunk.entry];
  const i64 end = chunk.begin + kChunk < entry.numel ? chunk.begin + kChunk : entry.numel;
  for (i64 i = chunk.begin + threadIdx.x; i < end; i += blockDim.x) {
    i64 at[3 + F::kStates];
    for (i64& offset : at) offset = i;
    update_at(at, f, arrays, std::make_index_sequence<F::kStates>());
  }
}

template <class T, class F, std::size_t... K>
Arrays<T, F::kStates> arrays_of(const UpdateViews& x, std::index_sequence<K...>) {
  using C = compute_t<T>;
  const View& exact = std::is_same_v<T, C> ? x.weights : x.master;
  return {x.weights.as<T>(), x.gradient.as<C>(), exact.as<C>(), {x.states[K].template as<C>()...}};
}

template <class T, class F, std::size_t... K>
void update_views(const View& w, const View& g, const View& master, [[maybe_unused]] std::span<const View> states,
                  const F& f, std::index_sequence<K...>) {
  using C = compute_t<T>;
  constexpr unsigned kThreads = 256;
  for_each_piece<3 + F::kStates>({w, g, master, states[K]...}, [&](const auto& layout, const auto& at) {
    const Arrays<T, F::kStates> arrays{
        w.as<T>() + at[0], g.as<C>() + at[1], master.as<C>() + at[2], {states[K].template as<C>() + at[3 + K]...}};
    enqueue(update_weights<T, F>, blocks_for(layout.numel, kThreads), kThreads, layout, layout.is_contiguous(), f,
            arrays);
  });
}

/// Rows of the host on the device: for the launches that follow, or for every run of what is being recorded.
template <class Row>
class Table {
 public:
  /// The same rows in every run.
  explicit Table(const std::vector<Row>& rows) {
    if (Recording::is_under_way()) data_ = Recording::constant(rows.data(), rows.size() * sizeof(Row));
    else send(rows);
  }
  /// The rows that `row_of(i)` returns for each run.
  template <class RowOf>
  Table(std::size_t count, const RowOf& row_of) {
    if (Recording::is_under_way()) {
      data_ = Recording::operand(count * sizeof(Row), [count, row_of](void* host) {
        for (std::size_t i = 0; i < count; ++i) new (static_cast<Row*>(host) + i) Row(row_of(i));
      });
    } else {
      std::vector<Row> rows;
      for (std::size_t i = 0; i < count; ++i) rows.push_back(row_of(i));
      send(rows);
    }
  }
  const Row* data() const { return static_cast<const Row*>(data_); }

 private:
  void send(const std::vector<Row>& rows) {
    scratch_ = Scratch<Row>(static_cast<i64>(rows.size()));
    copy_to_device(scratch_.data(), rows.data(), rows.size() * sizeof(Row));
    data_ = scratch_.data();
  }

  Scratch<Row> scratch_;
  void* data_ = nullptr;
};

}  // namespace

template <class F>
void update(const View& weights, const View& gradient, const View& master, std::span<const View> states, const F& f) {
  by_float("update", weights.dtype, [&]<class T>() {
    const View& exact = std::is_same_v<T, compute_t<T>> ? weights : master;
    update_views<T>(weights, gradient, exact, states, f, std::make_index_sequence<F::kStates>());
  });
}

template <class F>
void update_all(std::span<const UpdateViews> tensors, const Callable<F(std::size_t)>& step_of) {
  if (tensors.empty()) return;
  by_float("update", tensors[0].weights.dtype, [&]<class T>() {
    std::vector<Entry<T, F>> entries;
    std::vector<Chunk> chunks;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const i64 numel = tensors[i].weights.numel();
      entries.push_back({arrays_of<T, F>(tensors[i], std::make_index_sequence<F::kStates>()), numel});
      for (i64 begin = 0; begin < numel; begin += kChunk) chunks.push_back({static_cast<i64>(i), begin});
    }
    if (chunks.empty()) return;
    const Table entry_table(entries);
    const Table<F> steps(entries.size(), step_of);
    const Table chunk_table(chunks);
    constexpr unsigned kThreads = 512;
    enqueue(update_chunks<T, F>, static_cast<unsigned>(chunks.size()), kThreads, entry_table.data(), steps.data(),
            chunk_table.data());
  });
}

template void update_all(std::span<const UpdateViews>, const Callable<scalar::GradientStep(std::size_t)>&);
template void update_all(std::span<const UpdateViews>, const Callable<scalar::MomentumStep(std::size_t)>&);
template void update_all(std::span<const UpdateViews>, const Callable<scalar::RmsStep(std::size_t)>&);
template void update_all(std::span<const UpdateViews>, const Callable<scalar::CenteredRmsStep(std::size_t)>&);
template void update_all(std::span<const UpdateViews>, const Callable<scalar::AdagradStep(std::size_t)>&);
template void update_all(std::span<const UpdateViews>, const Callable<scalar::AdamStep(std::size_t)>&);
template void update_all(std::span<const UpdateViews>, const Callable<scalar::AmsgradStep(std::size_t)>&);
template void update_all(std::span<const UpdateViews>, const Callable<scalar::AverageStep(std::size_t)>&);

template void update(const View&, const View&, const View&, std::span<const View>, const scalar::GradientStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::MomentumStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::RmsStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::CenteredRmsStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::AdagradStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::AdamStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::AmsgradStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::AverageStep&);

}  // namespace cadena::cuda
