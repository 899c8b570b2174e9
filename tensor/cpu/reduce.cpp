#include "tensor/cpu/reduce.h"

#include "tensor/cpu/loops.h"

namespace cadena::cpu {
namespace {

/// A position-to-offset map for the elements of some axes in row-major order.
class Walk {
 public:
  Walk(const View& x, int first, int last)
      : shape_(x.shape + first, static_cast<std::size_t>(last - first)),
        strides_(x.strides + first, static_cast<std::size_t>(last - first)) {}

  i64 numel() const { return shape_.numel(); }

  i64 offset(i64 position) const {
    i64 at = 0;
    for (int axis = shape_.rank() - 1; axis >= 0; --axis) {
      at += position % shape_[axis] * strides_[axis];
      position /= shape_[axis];
    }
    return at;
  }

  /// Extent and stride of the innermost axis; 1 and 0 where there is none.
  i64 run() const { return shape_.rank() == 0 ? 1 : shape_[shape_.rank() - 1]; }
  i64 step() const { return shape_.rank() == 0 ? 0 : strides_[strides_.rank() - 1]; }

 private:
  Dims shape_;
  Dims strides_;
};

constexpr i64 kLeaf = 128;  // elements that are added one after the other

/// Sum of n elements `step` apart, halves first.
template <class C, class T>
C pairwise(const T* x, i64 n, i64 step) {
  if (n <= kLeaf) {
    C total = 0;
    for (i64 i = 0; i < n; ++i) total += static_cast<C>(x[i * step]);
    return total;
  }
  const i64 half = n / 2;
  return pairwise<C>(x, half, step) + pairwise<C>(x + half * step, n - half, step);
}

/// Sum of runs [begin, end), halves first.
template <class C, class T>
C pairwise_runs(const T* x, const Walk& walk, i64 begin, i64 end) {
  if (end - begin == 1) return pairwise<C>(x + walk.offset(begin * walk.run()), walk.run(), walk.step());
  const i64 middle = begin + (end - begin) / 2;
  return pairwise_runs<C>(x, walk, begin, middle) + pairwise_runs<C>(x, walk, middle, end);
}

}  // namespace

void sum(const View& y, const View& x, int reduced) {
  const Walk outer(x, 0, x.rank - reduced);
  const Walk inner(x, x.rank - reduced, x.rank);
  const i64 n = inner.numel();
  by_number("sum", x.dtype, [&]<class T>() {
    parallel_for(outer.numel(), kGrain / (n + 1) + 1, [&](i64 begin, i64 end) {
      for (i64 i = begin; i < end; ++i) {
        const T* row = x.as<T>() + outer.offset(i);
        using C = compute_t<T>;
        y.as<T>()[i] = static_cast<T>(n == 0 ? C{0} : pairwise_runs<C>(row, inner, 0, n / inner.run()));
      }
    });
  });
}

}  // namespace cadena::cpu
