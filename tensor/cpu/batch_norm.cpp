#include "tensor/cpu/batch_norm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

constexpr i64 kLeastColumns = 8;  ///< columns from which on a matrix is read along its rows
constexpr i64 kWidth = 64;        ///< columns that are summed up side by side

/// A value for each channel of a group.
template <class C>
struct PerChannel {
  C values[kWidth];

  C& operator[](i64 k) { return values[k]; }
  const C& operator[](i64 k) const { return values[k]; }
};

/// Channels of (N, C, positions) that are worked out together: one alone, or neighbouring columns of a matrix. An f(at,
/// k) is given the offset of an element and the number of its channel in the group.
struct Group {
  i64 batch, positions, step, first, width;
  bool columns;

  Group(const View& x, i64 number)
      : batch(x.shape[0]), positions(x.shape[2]), step(x.shape[1] * positions), columns(widest(x) > 1) {
    first = number * widest(x);
    width = std::min(widest(x), x.shape[1] - first);
    if (x.shape[1] == 1) positions *= std::exchange(batch, 1);  // a single channel is one long run
  }

  /// Calls f(group) for all groups, on all threads.
  template <class F>
  static void for_each(const View& x, const F& f) {
    const i64 widest_group = widest(x), groups = (x.shape[1] + widest_group - 1) / widest_group;
    parallel_for(groups, kGrain / (4 * widest_group * x.shape[0] * x.shape[2]) + 1, [&](i64 begin, i64 end) {
      for (i64 number = begin; number < end; ++number) f(Group(x, number));
    });
  }

  /// The sum of f over each channel, halves first; columns from leaves of rows that are added one after another.
  template <class C, class F>
  PerChannel<C> sum(const F& f) const {
    if (columns) {
      return sum_of_rows<C, 1>(0, batch, [&](auto& sums, i64 at, i64 k) { sums[0][k] += f(at, k); })[0];
    }
    if (positions == 1) return {{total<C>(0, batch, [&](i64 b) { return f(start(b), 0); })}};
    return {{total<C>(
        0, batch, [&](i64 b) { return total<C>(0, positions, [&, at = start(b)](i64 i) { return f(at + i, 0); }); })}};
  }

  /// The same for an f that returns two terms.
  template <class C, class F>
  std::array<PerChannel<C>, 2> two_sums(const F& f) const {
    if (columns) {
      return sum_of_rows<C, 2>(0, batch, [&](auto& sums, i64 at, i64 k) {
        const Two<C> terms = f(at, k);
        sums[0][k] += terms.first;
        sums[1][k] += terms.second;
      });
    }
    const auto of_sample = [&](i64 b) {
      return two_totals<C>(0, positions, [&, at = start(b)](i64 i) { return f(at + i, 0); });
    };
    const Two<C> both = positions == 1 ? two_totals<C>(0, batch, [&](i64 b) { return f(start(b), 0); })
                                       : two_totals<C>(0, batch, of_sample);
    return {{{{both.first}}, {{both.second}}}};
  }

  /// Calls f for every element.
  template <class F>
  void each(const F& f) const {
    if (columns) {
      for (i64 b = 0; b < batch; ++b) {
        for (i64 k = 0; k < width; ++k) f(start(b) + k, k);
      }
    } else if (positions == 1) {
      for (i64 b = 0; b < batch; ++b) f(start(b), 0);
    } else {
      for (i64 b = 0; b < batch; ++b) {
        for (i64 i = 0; i < positions; ++i) f(start(b) + i, 0);
      }
    }
  }

 private:
  static i64 widest(const View& x) {
    return x.shape[2] == 1 && x.shape[1] >= kLeastColumns ? std::min(kWidth, x.shape[1]) : 1;
  }

  i64 start(i64 b) const { return b * step + first * positions; }

  template <class C, std::size_t N, class Add>
  std::array<PerChannel<C>, N> sum_of_rows(i64 begin, i64 end, const Add& add) const {
    std::array<PerChannel<C>, N> sums{};
    if (end - begin > kLeaf) {
      const i64 middle = begin + (end - begin) / 2;
      sums = sum_of_rows<C, N>(begin, middle, add);
      const auto rest = sum_of_rows<C, N>(middle, end, add);
      for (std::size_t n = 0; n < N; ++n) {
        for (i64 k = 0; k < width; ++k) sums[n][k] += rest[n][k];
      }
    } else {
      for (i64 row = begin; row < end; ++row) {
        for (i64 k = 0; k < width; ++k) add(sums, start(row) + k, k);
      }
    }
    return sums;
  }
};

template <class T>
compute_t<T> value_or(const View& p, i64 c, compute_t<T> otherwise) {
  return p.data == nullptr ? otherwise : static_cast<compute_t<T>>(p.as<T>()[c]);
}

template <class C>
C reciprocal_deviation(C variance, double eps) {
  return 1 / std::sqrt(variance + static_cast<C>(eps));
}

}  // namespace

void batch_norm(const View& y, const View& mean, const View& variance, const View& x, const View& weight,
                const View& bias, double eps) {
  by_float("batch_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const C n = static_cast<C>(x.shape[0] * x.shape[2]);
    const auto at = [p = x.as<T>()](i64 i) { return static_cast<C>(p[i]); };
    Group::for_each(x, [&, out = y.as<T>()](const Group& group) {
      PerChannel<C> centre = group.sum<C>([&](i64 i, i64) { return at(i); });
      for (i64 k = 0; k < group.width; ++k) centre[k] /= n;
      PerChannel<C> v = group.sum<C>([&](i64 i, i64 k) { return (at(i) - centre[k]) * (at(i) - centre[k]); });
      PerChannel<C> scale, shift;
      for (i64 k = 0, c = group.first; k < group.width; ++k, ++c) {
        v[k] /= n;
        scale[k] = reciprocal_deviation(v[k], eps) * value_or<T>(weight, c, 1);
        shift[k] = value_or<T>(bias, c, 0);
        mean.as<C>()[c] = centre[k];
        variance.as<C>()[c] = v[k];
      }
      group.each([&](i64 i, i64 k) { out[i] = static_cast<T>((at(i) - centre[k]) * scale[k] + shift[k]); });
    });
  });
}

void batch_norm_backward(const View& dx, const View& dweight, const View& dbias, const View& dy, const View& x,
                         const View& weight, const View& mean, const View& variance, double eps) {
  by_float("batch_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const C n = static_cast<C>(x.shape[0] * x.shape[2]);
    const auto cot = [p = dy.as<T>()](i64 i) { return static_cast<C>(p[i]); };
    Group::for_each(x, [&, out = dx.as<T>()](const Group& group) {
      PerChannel<C> centre, rstd;
      for (i64 k = 0, c = group.first; k < group.width; ++k, ++c) {
        centre[k] = mean.as<C>()[c];
        rstd[k] = reciprocal_deviation(variance.as<C>()[c], eps);
      }
      const auto xhat = [&, p = x.as<T>()](i64 i, i64 k) { return (static_cast<C>(p[i]) - centre[k]) * rstd[k]; };
      const auto terms = [&](i64 i, i64 k) { return Two<C>{cot(i), cot(i) * xhat(i, k)}; };
      const auto [sum_g, sum_gx] = group.two_sums<C>(terms);
      for (i64 k = 0, c = group.first; k < group.width; ++k, ++c) {
        if (dweight.data != nullptr) dweight.as<T>()[c] = static_cast<T>(sum_gx[k]);
        if (dbias.data != nullptr) dbias.as<T>()[c] = static_cast<T>(sum_g[k]);
      }
      if (out == nullptr) return;
      PerChannel<C> scale, mean_g, mean_gx;
      for (i64 k = 0; k < group.width; ++k) {
        scale[k] = rstd[k] * value_or<T>(weight, group.first + k, 1);
        mean_g[k] = sum_g[k] / n;
        mean_gx[k] = sum_gx[k] / n;
      }
      group.each(
          [&](i64 i, i64 k) { out[i] = static_cast<T>(scale[k] * (cot(i) - mean_g[k] - xhat(i, k) * mean_gx[k])); });
    });
  });
}

}  // namespace cadena::cpu
