#include "cuda/kernels/extremum.h"

#include "cuda/kernels/fold.cuh"

namespace cadena::cuda {
namespace {

/// a > b, or a < b.
template <class C>
__device__ __forceinline__ bool better(C a, C b, bool largest) {
  return largest ? a > b : a < b;
}

/// x != x is true of NaN alone.
template <class C>
__device__ __forceinline__ bool is_nan(C x) {
  return x != x;
}

/// What an element is kept as while it is compared: whole words, so that lanes can exchange it.
template <class C>
using Kept = std::conditional_t<std::is_same_v<C, bool>, int, C>;

/// The largest or smallest element; NaN wins and stays.
template <class T>
struct Extremum {
  using C = Kept<compute_t<T>>;
  using Acc = C;
  T* y;
  C start;
  bool largest;
  __device__ Acc identity() const { return start; }
  __device__ Acc step(Acc best, C x, const Place&) const { return combine(best, x); }
  __device__ Acc combine(Acc a, Acc b) const { return better(b, a, largest) || is_nan(b) ? b : a; }
  __device__ void store(i64 i, Acc best) const { y[i] = static_cast<T>(best); }
};

template <class C>
struct Found {
  C value;
  i64 position;  // -1: nothing yet
};

/// The same and where it stands; between equals the earlier position wins.
template <class T>
struct ArgExtremum {
  using C = Kept<compute_t<T>>;
  using Acc = Found<std::conditional_t<sizeof(C) == 8, C, std::conditional_t<std::is_integral_v<C>, i64, double>>>;
  i64* y;
  bool largest;
  __device__ Acc identity() const { return {0, -1}; }
  __device__ Acc step(Acc best, C x, const Place& place) const { return combine(best, {x, place.position}); }
  __device__ Acc combine(const Acc& a, const Acc& b) const {
    if (a.position < 0) return b;
    if (b.position < 0) return a;
    if (is_nan(a.value) != is_nan(b.value)) return is_nan(a.value) ? a : b;
    if (better(a.value, b.value, largest)) return a;
    if (better(b.value, a.value, largest)) return b;
    return a.position < b.position ? a : b;
  }
  __device__ void store(i64 i, const Acc& best) const { y[i] = best.position; }
};

/// What every element of C reaches.
template <class C>
C worst(bool largest) {
  using Limits = std::numeric_limits<C>;
  if constexpr (Limits::has_infinity) return largest ? -Limits::infinity() : Limits::infinity();
  else return largest ? Limits::lowest() : Limits::max();
}

void extremum(const char* op, const View& y, const View& x, int reduced, bool largest) {
  by_dtype(op, x.dtype, [&]<class T>() {
    fold<T>(x, reduced, Extremum<T>{y.as<T>(), worst<typename Extremum<T>::C>(largest), largest});
  });
}

void arg_extremum(const char* op, const View& y, const View& x, int reduced, bool largest) {
  by_dtype(op, x.dtype, [&]<class T>() { fold<T>(x, reduced, ArgExtremum<T>{y.as<i64>(), largest}); });
}

}  // namespace

void max(const View& y, const View& x, int reduced) { extremum("max", y, x, reduced, true); }
void min(const View& y, const View& x, int reduced) { extremum("min", y, x, reduced, false); }
void argmax(const View& y, const View& x, int reduced) { arg_extremum("argmax", y, x, reduced, true); }
void argmin(const View& y, const View& x, int reduced) { arg_extremum("argmin", y, x, reduced, false); }

}  // namespace cadena::cuda
