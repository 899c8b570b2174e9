#include "tensor/cpu/batch_norm.h"

#include <cmath>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// The elements of one channel of (N, C, positions).
struct Channel {
  i64 batch, positions, first, step;

  Channel(const View& x, i64 c)
      : batch(x.shape[0]), positions(x.shape[2]), first(c * x.shape[2]), step(x.shape[1] * x.shape[2]) {}

  template <class C>
  C count() const {
    return static_cast<C>(batch * positions);
  }

  /// The sum of f(offset), halves first.
  template <class C, class F>
  C sum(const F& f) const {
    if (positions == 1) return total<C>(0, batch, [&](i64 b) { return f(first + b * step); });  // no sums within sums
    return total<C>(0, batch, [&](i64 b) {
      const i64 at = first + b * step;
      return total<C>(0, positions, [&](i64 i) { return f(at + i); });
    });
  }

  /// The same for an f that returns two terms.
  template <class C, class F>
  Two<C> two_sums(const F& f) const {
    if (positions == 1) return two_totals<C>(0, batch, [&](i64 b) { return f(first + b * step); });
    return two_totals<C>(0, batch, [&](i64 b) {
      const i64 at = first + b * step;
      return two_totals<C>(0, positions, [&](i64 i) { return f(at + i); });
    });
  }

  template <class F>
  void each(const F& f) const {
    for (i64 b = 0; b < batch; ++b) {
      const i64 at = first + b * step;
      for (i64 i = 0; i < positions; ++i) f(at + i);
    }
  }
};

template <class T>
compute_t<T> value_or(const View& p, i64 c, compute_t<T> otherwise) {
  return p.data == nullptr ? otherwise : static_cast<compute_t<T>>(p.as<T>()[c]);
}

}  // namespace

void batch_norm(const View& y, const View& mean, const View& rstd, const View& x, const View& weight, const View& bias,
                double eps) {
  by_float("batch_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    parallel_for(x.shape[1], kGrain / (4 * x.shape[0] * x.shape[2]) + 1, [&](i64 begin, i64 end) {
      for (i64 c = begin; c < end; ++c) {
        const Channel channel(x, c);
        const auto at = [p = x.as<T>()](i64 i) { return static_cast<C>(p[i]); };
        const C n = channel.count<C>();
        const C centre = channel.sum<C>(at) / n;
        const C variance = channel.sum<C>([&](i64 i) { return (at(i) - centre) * (at(i) - centre); }) / n;
        const C r = 1 / std::sqrt(variance + static_cast<C>(eps));
        const C scale = r * value_or<T>(weight, c, 1), shift = value_or<T>(bias, c, 0);
        channel.each([&, out = y.as<T>()](i64 i) { out[i] = static_cast<T>((at(i) - centre) * scale + shift); });
        mean.as<C>()[c] = centre;
        rstd.as<C>()[c] = r;
      }
    });
  });
}

void batch_norm_backward(const View& dx, const View& dweight, const View& dbias, const View& dy, const View& x,
                         const View& weight, const View& mean, const View& rstd) {
  by_float("batch_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    parallel_for(x.shape[1], kGrain / (4 * x.shape[0] * x.shape[2]) + 1, [&](i64 begin, i64 end) {
      for (i64 c = begin; c < end; ++c) {
        const Channel channel(x, c);
        const C centre = mean.as<C>()[c], r = rstd.as<C>()[c], w = value_or<T>(weight, c, 1);
        const auto xhat = [centre, r, p = x.as<T>()](i64 i) { return (static_cast<C>(p[i]) - centre) * r; };
        const auto cot = [p = dy.as<T>()](i64 i) { return static_cast<C>(p[i]); };
        const auto [sum, sum_x] = channel.two_sums<C>([=](i64 i) { return Two<C>{cot(i), cot(i) * xhat(i)}; });
        if (dx.data != nullptr) {
          const C mean_g = sum / channel.count<C>(), mean_gx = sum_x / channel.count<C>();
          channel.each(
              [=, out = dx.as<T>()](i64 i) { out[i] = static_cast<T>(r * w * (cot(i) - mean_g - xhat(i) * mean_gx)); });
        }
        if (dweight.data != nullptr) dweight.as<T>()[c] = static_cast<T>(sum_x);
        if (dbias.data != nullptr) dbias.as<T>()[c] = static_cast<T>(sum);
      }
    });
  });
}

}  // namespace cadena::cpu
