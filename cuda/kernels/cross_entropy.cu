#include "cuda/kernels/cross_entropy.h"

#include <cmath>

#include "cuda/kernels/logsumexp.cuh"
#include "cuda/kernels/range_check.h"

namespace cadena::cuda {
namespace {

struct Targets {
  const i64* data;
  i64 ignore_index;
};

/// Each team owns a row of logits z with target t: lse = ln sum e^z, then the loss (1 - ε)(lse - z_t) + ε mean(lse -
/// z), NaN where t is no class.
template <class T>
__global__ void cross_entropy_rows(Teams teams, i64 rows, i64 n, bool packed,
                                   const __grid_constant__ Rows<const T> logits, Targets targets,
                                   compute_t<T> smoothing, T* loss, compute_t<T>* lse) {
  using C = compute_t<T>;
  const bool active = teams.row() < rows;
  const i64 row = active ? teams.row() : 0, count = active ? n : 0;
  const Row<const T> z = logits[row];
  const C normalizer = team_logsumexp(teams, count, packed, z).log();
  C distance = 0;  // the sum of lse - z
  if (smoothing > 0) {
    distance = team_sum<C, T>(
        teams, count, packed, [&](i64, C v) { return normalizer - v; }, z);
  }
  if (!active || teams.rank() != 0) return;
  const i64 t = targets.data[row];
  C value = 0;
  if (t != targets.ignore_index) {
    const bool is_class = t >= 0 && t < n;
    value = is_class ? (1 - smoothing) * (normalizer - static_cast<C>(z.data[t * z.step])) : static_cast<C>(NAN);
    if (smoothing > 0) value += smoothing * distance / static_cast<C>(n);
  }
  lse[row] = normalizer;
  loss[row] = static_cast<T>(value);
}

/// Each team owns a row: dz = dy (e^(z - lse) - ε/n - (1 - ε) [c = t]), 0 where the target is ignored.
template <class T>
__global__ void cross_entropy_backward_rows(Teams teams, i64 rows, i64 n, bool packed,
                                            const __grid_constant__ Rows<T> dz,
                                            const __grid_constant__ Rows<const T> logits, Targets targets,
                                            compute_t<T> smoothing, const T* dy, const compute_t<T>* lse) {
  using C = compute_t<T>;
  const i64 row = teams.row();
  if (row >= rows) return;
  const i64 t = targets.data[row];
  const C normalizer = lse[row], scale = static_cast<C>(dy[row]), even = smoothing / static_cast<C>(n);
  const bool ignored = t == targets.ignore_index;
  map_row(
      teams, n, packed, dz[row],
      [&](i64 c, C v) {
        return ignored ? C{0} : scale * (std::exp(v - normalizer) - even - (c == t ? 1 - smoothing : C{0}));
      },
      logits[row]);
}

}  // namespace

void cross_entropy(const View& loss, const View& lse, const View& logits, const View& targets, i64 ignore_index,
                   double label_smoothing) {
  const i64 n = logits.shape[logits.rank - 1], rows = loss.numel();
  if (rows == 0) return;
  require_range(targets, {0, n, true, ignore_index}, "cross_entropy: target ",
                concat(" is outside the ", n, " classes and is not ignore_index ", ignore_index));
  by_float("cross_entropy", logits.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const Walkable walkable(logits, logits.rank - 1);
    const Rows<const T> z(walkable.view());
    const Teams teams(rows, n, z.runs_across());
    enqueue(cross_entropy_rows<T>, teams.blocks(rows), teams.threads(), teams, rows, n, z.is_packed(), z,
            Targets{targets.as<i64>(), ignore_index}, static_cast<C>(label_smoothing), loss.as<T>(), lse.as<C>());
  });
}

void cross_entropy_backward(const View& dz, const View& dy, const View& logits, const View& targets, const View& lse,
                            i64 ignore_index, double label_smoothing) {
  const i64 n = logits.shape[logits.rank - 1], rows = lse.numel();
  if (logits.numel() == 0) return;
  by_float("cross_entropy", logits.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const Walkable walkable(logits, logits.rank - 1);
    const Rows<const T> z(walkable.view());
    const Rows<T> out(dz);
    const Teams teams(rows, n, z.runs_across());
    enqueue(cross_entropy_backward_rows<T>, teams.blocks(rows), teams.threads(), teams, rows, n,
            z.is_packed() && out.is_packed(), out, z, Targets{targets.as<i64>(), ignore_index},
            static_cast<C>(label_smoothing), dy.as<T>(), lse.as<C>());
  });
}

}  // namespace cadena::cuda
