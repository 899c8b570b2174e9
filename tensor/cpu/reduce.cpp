#include "tensor/cpu/reduce.h"

#include "tensor/cpu/fold.h"

namespace cadena::cpu {
namespace {

/// Of integers modulo 2^64.
template <class C>
struct Product {
  using Acc = C;
  C identity() const { return 1; }
  C step(C total, C x, i64, i64) const { return combine(total, x); }
  C combine(C a, C b) const { return scalar::Mul{}(a, b); }
};

/// 1 if some element differs from 0; NaN differs.
template <class C>
struct Any {
  using Acc = unsigned char;
  Acc identity() const { return 0; }
  Acc step(Acc found, C x, i64, i64) const { return static_cast<Acc>(found | (x != C(0))); }
  Acc combine(Acc a, Acc b) const { return static_cast<Acc>(a | b); }
};

/// 1 if every element differs from 0.
template <class C>
struct All {
  using Acc = unsigned char;
  Acc identity() const { return 1; }
  Acc step(Acc found, C x, i64, i64) const { return static_cast<Acc>(found & (x != C(0))); }
  Acc combine(Acc a, Acc b) const { return static_cast<Acc>(a & b); }
};

template <template <class> class Truth>
void truth(const char* op, const View& y, const View& x, int reduced) {
  by_dtype(op, x.dtype, [&]<class T>() {
    reduce<T>(x, reduced, Truth<compute_t<T>>{}, [&](i64 i, unsigned char found) { y.as<bool>()[i] = found != 0; });
  });
}

}  // namespace

void sum(const View& y, const View& x, int reduced) {
  by_number("sum", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    reduce<T>(x, reduced, Sum<C>{}, [&](i64 i, C total) { y.as<T>()[i] = static_cast<T>(total); });
  });
}

void mean(const View& y, const View& x, int reduced) {
  by_float("mean", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const C n = static_cast<C>(Walk(x, x.rank - reduced, x.rank).numel());
    reduce<T>(x, reduced, Sum<C>{}, [&](i64 i, C total) { y.as<T>()[i] = static_cast<T>(total / n); });
  });
}

void prod(const View& y, const View& x, int reduced) {
  by_number("prod", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    reduce<T>(x, reduced, Product<C>{}, [&](i64 i, C total) { y.as<T>()[i] = static_cast<T>(total); });
  });
}

void any(const View& y, const View& x, int reduced) { truth<Any>("any", y, x, reduced); }
void all(const View& y, const View& x, int reduced) { truth<All>("all", y, x, reduced); }

}  // namespace cadena::cpu
