#include "cuda/kernels/rotary.h"

#include <cmath>

#include "cuda/kernels/team.cuh"

namespace cadena::cuda {
namespace {

/// Cosine and sine of one pair at one position.
template <class C>
struct Turn {
  C cos;
  C sin;
};

/// Thread k computes the turn of pair k % pairs at position k / pairs, in f64: angles grow with the position.
template <class C>
__global__ void rotary_turns(i64 count, i64 pairs, i64 offset, double base, bool inverse, Turn<C>* turns) {
  const i64 k = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (k >= count) return;
  const i64 position = k / pairs;
  const double frequency = std::pow(base, -static_cast<double>(k % pairs) / static_cast<double>(pairs));
  const double angle = (static_cast<double>(position) + static_cast<double>(offset)) * frequency;
  const double sine = std::sin(angle);
  turns[k] = {static_cast<C>(std::cos(angle)), static_cast<C>(inverse ? -sine : sine)};
}

/// Each team owns a row and turns its pairs; `packed`: a pair is one aligned word.
template <class T>
__global__ void rotary_rows(Teams teams, i64 rows, i64 positions, i64 pairs, bool packed,
                            const __grid_constant__ Rows<T> y, const __grid_constant__ Rows<const T> x,
                            const Turn<compute_t<T>>* turns) {
  using C = compute_t<T>;
  const i64 row = teams.row();
  if (row >= rows) return;
  const Row<const T> in = x[row];
  const Row<T> out = y[row];
  const Turn<C>* turn = turns + row % positions * pairs;
  for (i64 i = teams.rank(); i < pairs; i += teams.width) {
    Vector<T, 2> pair;
    if (packed) pair = load_vector<2>(in.data + 2 * i);
    else pair = {in.data[2 * i * in.step], in.data[(2 * i + 1) * in.step]};
    const C a = static_cast<C>(pair[0]), b = static_cast<C>(pair[1]);
    const Turn<C> by = turn[i];
    pair = {static_cast<T>(a * by.cos - b * by.sin), static_cast<T>(a * by.sin + b * by.cos)};
    if (packed) {
      store_vector<2>(out.data + 2 * i, pair);
    } else {
      out.data[2 * i * out.step] = pair[0];
      out.data[(2 * i + 1) * out.step] = pair[1];
    }
  }
}

/// True if all pairs of all rows are aligned words.
template <class T>
bool has_aligned_pairs(const Rows<T>& rows) {
  return rows.step == 1 && rows.walk.is_multiple(2) && is_aligned<2>(rows.data);
}

}  // namespace

void rotary_embedding(const View& y, const View& x, i64 offset, double base, bool inverse) {
  const i64 positions = x.shape[x.rank - 2], pairs = x.shape[x.rank - 1] / 2;
  if (x.numel() == 0) return;
  const i64 rows = x.numel() / (2 * pairs);
  by_float("rotary_embedding", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    constexpr unsigned kThreads = 256;
    const i64 count = positions * pairs;
    const Scratch<Turn<C>> turns(count);
    enqueue(rotary_turns<C>, static_cast<unsigned>((count + kThreads - 1) / kThreads), kThreads, count, pairs, offset,
            base, inverse, turns.data());
    const Walkable walkable(x, x.rank - 1);
    const Rows<const T> in(walkable.view());
    const Rows<T> out(y);
    const Teams teams(rows, pairs, false);
    enqueue(rotary_rows<T>, teams.blocks(rows), teams.threads(), teams, rows, positions, pairs,
            has_aligned_pairs(in) && has_aligned_pairs(out), out, in, turns.data());
  });
}

}  // namespace cadena::cuda
