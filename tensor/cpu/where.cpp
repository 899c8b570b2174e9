#include "tensor/cpu/where.h"

#include "tensor/cpu/loops.h"

namespace cadena::cpu {
namespace {

/// An operand that was broadcast: every element is this one.
template <class T>
struct Same {
  T value;
  T operator[](i64) const { return value; }
};

}  // namespace

void where(const View& y, const View& condition, const View& a, const View& b) {
  by_dtype("where", y.dtype, [&]<class T>() {
    StridedLoop<4>({y, condition, a, b}).run([&](i64 n, const auto& at, const auto& step) {
      T* q = y.as<T>() + at[0];
      const bool* c = condition.as<bool>() + at[1];
      const T* u = a.as<T>() + at[2];
      const T* v = b.as<T>() + at[3];
      const auto loop = [&](auto x, auto z) {
        for (i64 i = 0; i < n; ++i) q[i] = c[i] ? x[i] : z[i];
      };
      if (step == std::array<i64, 4>{1, 1, 1, 1}) {
        loop(u, v);
      } else if (step == std::array<i64, 4>{1, 1, 1, 0}) {
        loop(u, Same<T>{*v});
      } else if (step == std::array<i64, 4>{1, 1, 0, 1}) {
        loop(Same<T>{*u}, v);
      } else {
        for (i64 i = 0; i < n; ++i) q[i * step[0]] = c[i * step[1]] ? u[i * step[2]] : v[i * step[3]];
      }
    });
  });
}

}  // namespace cadena::cpu
