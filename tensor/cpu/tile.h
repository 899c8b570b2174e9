#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <vector>

#include "tensor/base/dtype.h"

namespace cadena::cpu {

/// What products of matrices consist of: a tile of R rows, V vectors of this machine wide, whose sums stay in
/// registers. Each step of the depth loads one row of V vectors and uses it R times.
template <class C, int R, int V>
class Tile {
  using Packet = typename Eigen::internal::packet_traits<C>::type;
  static constexpr i64 kWidth = Eigen::internal::unpacket_traits<Packet>::size;
  static constexpr i64 kDepth = 256;  // steps before the sums go to memory: so their rounding errors do not pile up

 public:
  static constexpr i64 kRows = R, kColumns = V * kWidth;

  /// sums[r * pitch + j] += left(t, r) * right(t)[j], summed over t < depth in one fixed order.
  template <class Left, class Right>
  static void add(C* sums, i64 pitch, i64 depth, const Left& left, const Right& right) {
    for (i64 t = 0; t < depth; t += kDepth) add_steps(sums, pitch, t, std::min(depth, t + kDepth), left, right);
  }

 private:
  template <class Left, class Right>
  static void add_steps(C* sums, i64 pitch, i64 begin, i64 end, const Left& left, const Right& right) {
    namespace packet = Eigen::internal;
    Packet sum[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] = packet::pset1<Packet>(C{0});
    }
    for (i64 t = begin; t < end; ++t) {
      const C* row = right(t);
      Packet b[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) b[v] = packet::ploadu<Packet>(row + v * kWidth);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const Packet a = packet::pset1<Packet>(left(t, r));
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[r][v] = packet::pmadd(a, b[v], sum[r][v]);
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        C* at = sums + r * pitch + v * kWidth;
        packet::pstoreu(at, packet::padd(packet::ploadu<Packet>(at), sum[r][v]));
      }
    }
  }
};

/// The tile of this machine: of 32 registers for vectors its sums take 24, of 16 they take 12.
template <class C>
using WideTile = Tile<C, EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS / 4, 3>;

/// A matrix (rows, depth) as the left factor of tiles: panels of `height` rows, each column of a panel side by side.
/// Rows past the last are 0.
template <class C>
class Panels {
 public:
  /// Takes element (i, t) from get(i, t).
  template <class Get>
  Panels(i64 height, i64 rows, i64 depth, const Get& get)
      : height_(height),
        depth_(depth),
        values_(static_cast<std::size_t>((rows + height - 1) / height * height * depth)) {
    for (i64 i = 0; i < rows; ++i) {
      C* panel = values_.data() + i / height * height * depth + i % height;
      for (i64 t = 0; t < depth; ++t) panel[t * height] = get(i, t);
    }
  }

  /// The panel that begins with row i, a multiple of the height.
  const C* from(i64 i) const { return values_.data() + i * depth_; }

 private:
  i64 height_, depth_;
  std::vector<C> values_;
};

}  // namespace cadena::cpu
