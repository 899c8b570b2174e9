#pragma once

#include "cuda/kernels/team.cuh"

/// Reductions over the last axes of a view, in an order that shapes and strides alone decide.
///
/// A fold is a struct with `using Acc` (whole words), `Acc identity()`, `Acc step(Acc, x, Place)`,
/// `Acc combine(Acc, Acc)`, which is symmetric, and `store(output, Acc)`, which writes a result where it belongs.
namespace cadena::cuda {

/// Where a fold is: the index of the element among the reduced ones, the index of the result, and the element's place
/// in memory, counted from the first element of the view.
struct Place {
  i64 position;
  i64 output;
  i64 at;
};

/// The work of one launch: `outputs` rows of n positions, each cut into chunks of `length` positions.
struct Folding {
  Teams teams;
  Walk kept;
  Walk inner;
  i64 length;
  i64 chunks;
  bool packed;
};

/// The elements in one chunk that belong to this thread, folded in runs of kRun.
template <class T, class Fold>
__device__ typename Fold::Acc fold_elements(const Folding& work, const Fold& fold, const T* x, i64 output, i64 begin,
                                            i64 end) {
  using C = compute_t<T>;
  const i64 first = work.kept.offset(output), rank = work.teams.rank(), width = work.teams.width;
  typename Fold::Acc total = fold.identity();
  for (; begin < end; begin += kRun * width) {
    const i64 stop = begin + kRun * width < end ? begin + kRun * width : end;
    typename Fold::Acc run = fold.identity();
    i64 i = begin + rank;
    if (work.packed) {
      constexpr int kWidth = kRowPack<T>;
      for (i64 pack = begin / kWidth + rank; pack < stop / kWidth; pack += width) {
        const auto in = load_vector<kWidth>(x + first + pack * kWidth);
#pragma unroll
        for (int k = 0; k < kWidth; ++k) {
          const i64 position = pack * kWidth + k;
          run = fold.step(run, static_cast<C>(in.value[k]), Place{position, output, first + position});
        }
      }
      i = stop - stop % kWidth + rank;
    }
    for (; i < stop; i += width) {
      const i64 at = first + work.inner.offset(i);
      run = fold.step(run, static_cast<C>(x[at]), Place{i, output, at});
    }
    total = fold.combine(total, run);
  }
  return total;
}

/// Each team owns one chunk of one result: its threads fold the elements in turn, then combine. `earlier`: what is
/// folded are the results of earlier chunks; `later`: the results go there, for another launch to combine.
template <class T, class Fold>
__global__ void fold_rows(const __grid_constant__ Folding work, Fold fold, const T* x,
                          const typename Fold::Acc* earlier, typename Fold::Acc* later) {
  const Teams& teams = work.teams;
  const i64 chunk = blockIdx.x % work.chunks;
  const i64 output = blockIdx.x / work.chunks * teams.count + teams.team();
  const i64 n = work.inner.numel, begin = chunk * work.length;
  const i64 end = begin + work.length < n ? begin + work.length : n;
  const bool active = output < work.kept.numel;
  typename Fold::Acc total = fold.identity();
  if (active && earlier != nullptr) {
    for (i64 i = begin + teams.rank(); i < end; i += teams.width) total = fold.combine(total, earlier[output * n + i]);
  } else if (active) {
    total = fold_elements(work, fold, x, output, begin, end);
  }
  total = team_combine(teams, total, [&](const auto& a, const auto& b) { return fold.combine(a, b); });
  if (!active || teams.rank() != 0) return;
  if (later != nullptr) later[output * work.chunks + chunk] = total;
  else fold.store(output, total);
}

/// Cuts rows into chunks: enough to fill a device, none so long that its sums lose accuracy.
inline Folding folding(const Walk& kept, const Walk& inner, bool packed) {
  const bool across = kept.run() > 1 && std::abs(kept.step()) < std::abs(inner.step());
  const Teams teams(kept.numel, inner.numel, across);
  constexpr i64 kBlocks = 1024;
  const auto pieces = [&](i64 length) { return (inner.numel + length - 1) / length; };
  const i64 tiles = teams.blocks(kept.numel), run = kRun * teams.width;
  const i64 wanted = std::max(std::min((kBlocks + tiles - 1) / tiles, pieces(run)), pieces(run * kRun));
  const i64 runs = (pieces(run) + wanted - 1) / std::max<i64>(wanted, 1);
  const i64 length = std::max<i64>(runs, 1) * run;
  return {teams, kept, inner, length, std::max<i64>(pieces(length), 1), packed};
}

/// Calls `fold.store(i, acc)` on the device once for each result i (row-major over the kept axes) with the fold over
/// the last `reduced` axes of x; the identity where these hold no elements.
template <class T, class Fold>
void fold(const View& x, int reduced, const Fold& f) {
  using Acc = typename Fold::Acc;
  const Walkable walkable(x, x.rank - reduced);
  const View& v = walkable.view();
  Walk kept(v, 0, v.rank - reduced), inner(v, v.rank - reduced, v.rank);
  if (kept.numel == 0) return;
  const bool packed =
      inner.rank == 1 && inner.step() == 1 && kept.is_multiple(kRowPack<T>) && is_aligned<kRowPack<T>>(v.as<T>());
  Folding work = folding(kept, inner, packed);
  Scratch<Acc> earlier;
  while (true) {
    const bool last = work.chunks == 1;
    Scratch<Acc> later(last ? 0 : work.kept.numel * work.chunks);
    const i64 blocks = work.teams.blocks(work.kept.numel) * work.chunks;
    enqueue(fold_rows<T, Fold>, static_cast<unsigned>(blocks), work.teams.threads(), work, f, v.as<T>(), earlier.data(),
            later.data());
    if (last) return;
    earlier = std::move(later);
    const i64 shape[] = {work.kept.numel, work.chunks}, strides[] = {work.chunks, 1};
    const View parts{nullptr, x.dtype, 2, shape, strides};
    work = folding(Walk(parts, 0, 1), Walk(parts, 1, 2), false);
  }
}

}  // namespace cadena::cuda
