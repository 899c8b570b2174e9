#include "tensor/cpu/extremum.h"

#include <limits>

#include "tensor/cpu/fold.h"

namespace cadena::cpu {
namespace {

/// What every element of C reaches: the start of a maximum.
template <class C>
constexpr C lowest() {
  if constexpr (std::numeric_limits<C>::has_infinity) return -std::numeric_limits<C>::infinity();
  else return std::numeric_limits<C>::lowest();
}

template <class C>
constexpr C highest() {
  if constexpr (std::numeric_limits<C>::has_infinity) return std::numeric_limits<C>::infinity();
  else return std::numeric_limits<C>::max();
}

struct Greater {
  template <class C>
  static constexpr C start() {
    return lowest<C>();
  }
  template <class C>
  static bool better(C x, C best) {
    return x > best;
  }
};

struct Less {
  template <class C>
  static constexpr C start() {
    return highest<C>();
  }
  template <class C>
  static bool better(C x, C best) {
    return x < best;
  }
};

/// The best value so far; x != x is true of NaN alone, which wins and stays.
template <class C, class Order>
struct Extremum {
  using Acc = C;
  C identity() const { return Order::template start<C>(); }
  C step(C best, C x, i64, i64) const { return combine(best, x); }
  C combine(C best, C x) const {
    const bool wins = Order::better(x, best) | (x != x);  // no short circuit: this runs in vectors
    return wins ? x : best;
  }
};

template <class C>
struct Place {
  C value;
  i64 position;
};

/// The best value so far and where it stands; between equals the earlier position wins.
template <class C, class Order>
struct ArgExtremum {
  using Acc = Place<C>;
  Acc identity() const { return {C{}, -1}; }  // nothing yet
  Acc step(Acc best, C x, i64 position, i64) const { return combine(best, {x, position}); }
  Acc combine(Acc a, Acc b) const {
    if (a.position < 0) return b;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    if (a_nan != b_nan) return a_nan ? a : b;
    if (Order::better(a.value, b.value)) return a;
    if (Order::better(b.value, a.value)) return b;
    return a.position < b.position ? a : b;
  }
};

template <class Order>
void extremum(const char* op, const View& y, const View& x, int reduced) {
  by_dtype(op, x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    reduce<T>(x, reduced, Extremum<C, Order>{}, [&](i64 i, C best) { y.as<T>()[i] = static_cast<T>(best); });
  });
}

template <class Order>
void arg_extremum(const char* op, const View& y, const View& x, int reduced) {
  by_dtype(op, x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    reduce<T>(x, reduced, ArgExtremum<C, Order>{}, [&](i64 i, Place<C> best) { y.as<i64>()[i] = best.position; });
  });
}

}  // namespace

void max(const View& y, const View& x, int reduced) { extremum<Greater>("max", y, x, reduced); }
void min(const View& y, const View& x, int reduced) { extremum<Less>("min", y, x, reduced); }
void argmax(const View& y, const View& x, int reduced) { arg_extremum<Greater>("argmax", y, x, reduced); }
void argmin(const View& y, const View& x, int reduced) { arg_extremum<Less>("argmin", y, x, reduced); }

}  // namespace cadena::cpu
