#include "tensor/cpu/cross_entropy.h"

#include <cmath>

#include "tensor/base/error.h"
#include "tensor/base/scalar_exp.h"
#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

/// ln of the sum of e^x over a row, shifted by its largest element; a shift of 0 where that is infinite.
template <class C>
C logsumexp(const C* x, i64 n) {
  const C m = largest(x, n);
  const C shift = std::isfinite(m) ? m : C{0};
  return std::log(total<C>(0, n, [=](i64 i) { return scalar::exp(x[i] - shift); })) + shift;
}

}  // namespace

void cross_entropy(const View& loss, const View& lse, const View& logits, const View& targets, i64 ignore_index,
                   double label_smoothing) {
  const int last = logits.rank - 1;
  const i64 n = logits.shape[last], count = targets.numel();
  for (i64 r = 0; r < count; ++r) {
    const i64 t = targets.as<i64>()[r];
    if ((t >= 0 && t < n) || t == ignore_index) continue;
    fail<IndexError>("cross_entropy: target ", t, " is outside the ", n, " classes and is not ignore_index ",
                     ignore_index);
  }
  by_float("cross_entropy", logits.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const C smoothing = static_cast<C>(label_smoothing);
    parallel_for(loss.numel(), kGrain / (n + 1) + 1, [&](i64 begin, i64 end) {
      const auto visit = [&](i64 r, const C* z) {
        const i64 t = targets.as<i64>()[r];
        const C normalizer = logsumexp(z, n);
        lse.as<C>()[r] = normalizer;
        C value = 0;
        if (t != ignore_index) {
          value = (1 - smoothing) * (normalizer - z[t]);
          if (smoothing > 0) {
            value += smoothing * total<C>(0, n, [=](i64 c) { return normalizer - z[c]; }) / static_cast<C>(n);
          }
        }
        loss.as<T>()[r] = static_cast<T>(value);
      };
      visit_rows(begin, end, visit, PackedRows<const T>(logits));
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
      const auto visit = [&](i64 r, C* __restrict out, const C* __restrict z) {
        const i64 t = targets.as<i64>()[r];
        if (t == ignore_index) {
          std::fill_n(out, n, C{0});
        } else {
          const C normalizer = lse.as<C>()[r], scale = static_cast<C>(dy.as<T>()[r]);
          for (i64 c = 0; c < n; ++c) out[c] = scale * (scalar::exp(z[c] - normalizer) - even);
          if (t >= 0 && t < n) out[t] = scale * (scalar::exp(z[t] - normalizer) - even - (1 - smoothing));
        }
      };
      visit_rows(begin, end, visit, PackedRows<T>(dz), PackedRows<const T>(logits));
    });
  });
}

}  // namespace cadena::cpu
