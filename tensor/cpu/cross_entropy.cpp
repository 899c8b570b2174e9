#include "tensor/cpu/cross_entropy.h"

#include <cmath>

#include "tensor/base/error.h"
#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// ln of the sum of e^x over a row, shifted by its largest element; a shift of 0 where that is infinite or NaN.
template <class T>
compute_t<T> logsumexp(const Row<T>& x, i64 n) {
  using C = compute_t<T>;
  C m = -std::numeric_limits<C>::infinity();
  for (i64 i = 0; i < n; ++i) m = std::max(m, x[i]);
  const C shift = std::isfinite(m) ? m : C{0};
  C total = 0;
  for (i64 i = 0; i < n; ++i) total += std::exp(x[i] - shift);
  return std::log(total) + shift;
}

}  // namespace

void cross_entropy(const View& loss, const View& lse, const View& logits, const View& targets, i64 ignore_index,
                   double label_smoothing) {
  const int last = logits.rank - 1;
  const i64 n = logits.shape[last];
  by_float("cross_entropy", logits.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const C smoothing = static_cast<C>(label_smoothing);
    parallel_for(loss.numel(), kGrain / (n + 1) + 1, [&](i64 begin, i64 end) {
      for (i64 r = begin; r < end; ++r) {
        const Row<T> z(logits.as<T>() + row_offset(logits, r), logits.strides[last]);
        const i64 t = targets.as<i64>()[r];
        const C normalizer = logsumexp(z, n);
        lse.as<C>()[r] = normalizer;
        C value = 0;
        if (t != ignore_index) {
          if (t < 0 || t >= n) {
            fail<IndexError>("cross_entropy: target ", t, " is outside the ", n, " classes and is not ignore_index ",
                             ignore_index);
          }
          value = (1 - smoothing) * (normalizer - z[t]);
          if (smoothing > 0) {
            C total = 0;
            for (i64 c = 0; c < n; ++c) total += normalizer - z[c];
            value += smoothing * total / static_cast<C>(n);
          }
        }
        loss.as<T>()[r] = static_cast<T>(value);
      }
    });
  });
}

void cross_entropy_backward(const View& dz, const View& dy, const View& logits, const View& targets, const View& lse,
                            i64 ignore_index, double label_smoothing) {
  const int last = logits.rank - 1;
  const i64 n = logits.shape[last];
  by_float("cross_entropy", logits.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const C smoothing = static_cast<C>(label_smoothing), even = smoothing / static_cast<C>(n);
    parallel_for(lse.numel(), kGrain / (n + 1) + 1, [&](i64 begin, i64 end) {
      for (i64 r = begin; r < end; ++r) {
        const Row<T> z(logits.as<T>() + row_offset(logits, r), logits.strides[last]);
        const Row<T> out(dz.as<T>() + row_offset(dz, r), dz.strides[last]);
        const i64 t = targets.as<i64>()[r];
        if (t == ignore_index) {
          for (i64 c = 0; c < n; ++c) out.set(c, 0);
          continue;
        }
        const C normalizer = lse.as<C>()[r], scale = static_cast<C>(dy.as<T>()[r]);
        for (i64 c = 0; c < n; ++c) {
          out.set(c, scale * (std::exp(z[c] - normalizer) - even - (c == t ? 1 - smoothing : C{0})));
        }
      }
    });
  });
}

}  // namespace cadena::cpu
