#include "tensor/cpu/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// Channels of (N, C, positions) that are gone through together, so that they stay in the cache from one pass to the
/// next: one of images, or neighbours of a matrix. Where an f(at, k) is asked for, it is given the offset of an element
/// and the number of its channel in the group.
struct Group {
  static constexpr i64 kWidth = 128;
  i64 batch, positions, step, first, width;

  Group(const View& x, i64 number) : batch(x.shape[0]), positions(x.shape[2]), step(x.shape[1] * positions) {
    first = number * most(x);
    width = std::min(most(x), x.shape[1] - first);
  }

  /// Calls f(group) for all groups, on all threads.
  template <class F>
  static void for_each(const View& x, const F& f) {
    const i64 elements = most(x) * x.shape[0] * x.shape[2];
    parallel_for((x.shape[1] + most(x) - 1) / most(x), kGrain / (4 * elements) + 1, [&](i64 begin, i64 end) {
      for (i64 number = begin; number < end; ++number) f(Group(x, number));
    });
  }

  /// out[k] = the sum of f over channel k, halves first.
  template <class C, class F>
  void sum(C* out, const F& f) const {
    if (positions == 1) return sum_of_rows(0, batch, out, f);
    *out = total<C>(0, batch,
                    [&](i64 b) { return total<C>(0, positions, [&, at = start(b)](i64 i) { return f(at + i, 0); }); });
  }

  /// The same for an f that returns two terms.
  template <class C, class F>
  void two_sums(C* out, C* second, const F& f) const {
    if (positions == 1) {
      sum_of_rows(0, batch, out, [&](i64 at, i64 k) { return f(at, k).first; });
      return sum_of_rows(0, batch, second, [&](i64 at, i64 k) { return f(at, k).second; });
    }
    const Two<C> both = two_totals<C>(0, batch, [&](i64 b) {
      return two_totals<C>(0, positions, [&, at = start(b)](i64 i) { return f(at + i, 0); });
    });
    *out = both.first;
    *second = both.second;
  }

  /// Calls f for every element.
  template <class F>
  void each(const F& f) const {
    for (i64 b = 0; b < batch; ++b) {
      const i64 at = start(b);
      if (positions == 1) {
        for (i64 k = 0; k < width; ++k) f(at + k, k);
      } else {
        for (i64 i = 0; i < positions; ++i) f(at + i, 0);
      }
    }
  }

 private:
  static i64 most(const View& x) { return x.shape[2] == 1 ? std::min(kWidth, x.shape[1]) : 1; }

  i64 start(i64 b) const { return b * step + first * positions; }

  template <class C, class F>
  void sum_of_rows(i64 begin, i64 end, C* out, const F& f) const {
    if (end - begin > kLeaf) {
      C rest[kWidth];
      const i64 middle = begin + (end - begin) / 2;
      sum_of_rows(begin, middle, out, f);
      sum_of_rows(middle, end, rest, f);
      for (i64 k = 0; k < width; ++k) out[k] += rest[k];
      return;
    }
    C sums[kWidth] = {};
    for (i64 row = begin; row < end; ++row) {
      for (i64 k = 0; k < width; ++k) sums[k] += f(start(row) + k, k);
    }
    std::copy_n(sums, width, out);
  }
};

template <class T>
compute_t<T> value_or(const View& p, i64 c, compute_t<T> otherwise) {
  return p.data == nullptr ? otherwise : static_cast<compute_t<T>>(p.as<T>()[c]);
}

}  // namespace

void batch_norm(const View& y, const View& mean, const View& variance, const View& x, const View& weight,
                const View& bias, double eps) {
  by_float("batch_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const C n = static_cast<C>(x.shape[0] * x.shape[2]);
    const auto at = [p = x.as<T>()](i64 i) { return static_cast<C>(p[i]); };
    Group::for_each(x, [&, out = y.as<T>()](const Group& group) {
      C centre[Group::kWidth], v[Group::kWidth], scale[Group::kWidth], shift[Group::kWidth];
      group.sum(centre, [&](i64 i, i64) { return at(i); });
      for (i64 k = 0; k < group.width; ++k) centre[k] /= n;
      group.sum(v, [&](i64 i, i64 k) { return (at(i) - centre[k]) * (at(i) - centre[k]); });
      for (i64 k = 0, c = group.first; k < group.width; ++k, ++c) {
        v[k] /= n;
        scale[k] = 1 / std::sqrt(v[k] + static_cast<C>(eps)) * value_or<T>(weight, c, 1);
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
      C centre[Group::kWidth], r[Group::kWidth], sum_gx[Group::kWidth], sum_g[Group::kWidth];
      for (i64 k = 0, c = group.first; k < group.width; ++k, ++c) {
        centre[k] = mean.as<C>()[c];
        r[k] = 1 / std::sqrt(variance.as<C>()[c] + static_cast<C>(eps));
      }
      const auto xhat = [&, p = x.as<T>()](i64 i, i64 k) { return (static_cast<C>(p[i]) - centre[k]) * r[k]; };
      group.two_sums(sum_gx, sum_g, [&](i64 i, i64 k) { return Two<C>{cot(i) * xhat(i, k), cot(i)}; });
      for (i64 k = 0, c = group.first; k < group.width; ++k, ++c) {
        if (dweight.data != nullptr) dweight.as<T>()[c] = static_cast<T>(sum_gx[k]);
        if (dbias.data != nullptr) dbias.as<T>()[c] = static_cast<T>(sum_g[k]);
      }
      if (out == nullptr) return;
      C scale[Group::kWidth], mean_g[Group::kWidth], mean_gx[Group::kWidth];
      for (i64 k = 0; k < group.width; ++k) {
        scale[k] = r[k] * value_or<T>(weight, group.first + k, 1);
        mean_g[k] = sum_g[k] / n;
        mean_gx[k] = sum_gx[k] / n;
      }
      group.each(
          [&](i64 i, i64 k) { out[i] = static_cast<T>(scale[k] * (cot(i) - mean_g[k] - xhat(i, k) * mean_gx[k])); });
    });
  });
}

}  // namespace cadena::cpu
