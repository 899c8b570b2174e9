#include "cuda/kernels/triangular.h"

#include <cstdint>

#include "cuda/kernels/team.cuh"

namespace cadena::cuda {
namespace {

/// Each team owns a row: columns on one side of the diagonal are copied, the others are 0. All bits 0 are 0 in every
/// dtype, so elements are moved as words U of their size.
template <class U>
__global__ void triangle_rows(Teams teams, i64 rows, i64 matrix_rows, i64 columns, i64 diagonal, bool lower,
                              const __grid_constant__ Rows<U> y, const __grid_constant__ Rows<const U> x) {
  const i64 row = teams.row();
  if (row >= rows) return;
  const i64 on_diagonal = row % matrix_rows + diagonal;
  const Row<const U> in = x[row];
  const Row<U> out = y[row];
  for (i64 j = teams.rank(); j < columns; j += teams.width) {
    const bool kept = lower ? j <= on_diagonal : j >= on_diagonal;
    out.data[j * out.step] = kept ? in.data[j * in.step] : U{0};
  }
}

template <class U>
void triangle(const View& y, const View& x, i64 diagonal, bool lower) {
  const i64 matrix_rows = x.shape[x.rank - 2], columns = x.shape[x.rank - 1], rows = x.numel() / columns;
  const Walkable walkable(x, x.rank - 1);
  const Rows<const U> in(walkable.view());
  const Teams teams(rows, columns, in.runs_across());
  enqueue(triangle_rows<U>, teams.blocks(rows), teams.threads(), teams, rows, matrix_rows, columns,
          std::clamp(diagonal, -matrix_rows, columns), lower, Rows<U>(y), in);
}

void triangle(const View& y, const View& x, i64 diagonal, bool lower) {
  if (x.numel() == 0) return;
  switch (size_of(x.dtype)) {
    case 1: return triangle<std::uint8_t>(y, x, diagonal, lower);
    case 2: return triangle<std::uint16_t>(y, x, diagonal, lower);
    case 4: return triangle<std::uint32_t>(y, x, diagonal, lower);
    default: return triangle<std::uint64_t>(y, x, diagonal, lower);
  }
}

}  // namespace

void tril(const View& y, const View& x, i64 diagonal) { triangle(y, x, diagonal, true); }
void triu(const View& y, const View& x, i64 diagonal) { triangle(y, x, diagonal, false); }

}  // namespace cadena::cuda
