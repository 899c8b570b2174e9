#include "cuda/kernels/softmax.h"

#include "cuda/kernels/logsumexp.cuh"

namespace cadena::cuda {
namespace {

/// Each team owns a row: one pass for its largest element and the sum of exponentials, one that reads the row again,
/// from the cache, and writes e^(x - m) / s, or x - m - ln s.
template <class T>
__global__ void softmax_rows(Teams teams, i64 rows, i64 n, bool packed, bool logarithm,
                             const __grid_constant__ Rows<T> y, const __grid_constant__ Rows<const T> x) {
  using C = compute_t<T>;
  const i64 row = teams.row();
  const i64 count = row < rows ? n : 0;
  const i64 at = row < rows ? row : 0;
  const Shifted<C> sum = team_logsumexp(teams, count, packed, x[at]);
  const C m = sum.m, s = std::isinf(m) ? m - m : sum.s;  // beside an infinite logit the others have no value: NaN
  const C log_s = std::log(s);
  map_row(
      teams, count, packed, y[at], [&](i64, C v) { return logarithm ? v - m - log_s : std::exp(v - m) / s; }, x[at]);
}

/// Each team owns a row: dx = s (ds - s^T ds), or with y = ln s for s, dx = dy - e^y (sum of dy) / (sum of e^y).
template <class T>
__global__ void softmax_backward_rows(Teams teams, i64 rows, i64 n, bool packed, bool logarithm,
                                      const __grid_constant__ Rows<T> dx, const __grid_constant__ Rows<const T> dy,
                                      const __grid_constant__ Rows<const T> y) {
  using C = compute_t<T>;
  const i64 row = teams.row();
  const i64 count = row < rows ? n : 0;
  const i64 at = row < rows ? row : 0;
  const auto term = [&](i64, C d, C v) { return logarithm ? d : d * v; };
  C sum = team_sum<C, T>(teams, count, packed, term, dy[at], y[at]);
  if (logarithm)
    sum /= team_sum<C, T>(
        teams, count, packed, [](i64, C v) { return std::exp(v); }, y[at]);
  map_row(
      teams, count, packed, dx[at], [&](i64, C d, C v) { return logarithm ? d - std::exp(v) * sum : v * (d - sum); },
      dy[at], y[at]);
}

void softmax(const char* op, const View& y, const View& x, bool logarithm) {
  const i64 n = x.shape[x.rank - 1];
  if (x.numel() == 0) return;
  const i64 rows = x.numel() / n;
  by_float(op, x.dtype, [&]<class T>() {
    const Walkable walkable(x, x.rank - 1);
    const Rows<T> out(y);
    const Rows<const T> in(walkable.view());
    const Teams teams(rows, n, in.runs_across());
    enqueue(softmax_rows<T>, teams.blocks(rows), teams.threads(), teams, rows, n, out.is_packed() && in.is_packed(),
            logarithm, out, in);
  });
}

void softmax_backward(const char* op, const View& dx, const View& dy, const View& y, bool logarithm) {
  const i64 n = y.shape[y.rank - 1];
  if (y.numel() == 0) return;
  const i64 rows = y.numel() / n;
  by_float(op, y.dtype, [&]<class T>() {
    const Walkable cotangents(dy, dy.rank - 1), results(y, y.rank - 1);
    const Rows<T> out(dx);
    const Rows<const T> cot(cotangents.view()), in(results.view());
    const Teams teams(rows, n, in.runs_across());
    enqueue(softmax_backward_rows<T>, teams.blocks(rows), teams.threads(), teams, rows, n,
            out.is_packed() && cot.is_packed() && in.is_packed(), logarithm, out, cot, in);
  });
}

}  // namespace

void softmax(const View& y, const View& x) { softmax("softmax", y, x, false); }
void log_softmax(const View& y, const View& x) { softmax("log_softmax", y, x, true); }

void softmax_backward(const View& dx, const View& ds, const View& s) { softmax_backward("softmax", dx, ds, s, false); }
void log_softmax_backward(const View& dx, const View& dy, const View& y) {
  softmax_backward("log_softmax", dx, dy, y, true);
}

}  // namespace cadena::cuda
