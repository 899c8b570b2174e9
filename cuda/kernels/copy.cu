#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/map.cuh"
#include "tensor/base/convert.h"

namespace cadena::cuda {
namespace {

/// x in the compute type of Y, which is then rounded to Y.
template <class Y>
struct Convert {
  template <class X>
  __device__ compute_t<Y> operator()(X x) const {
    return convert_to<compute_t<Y>>(x);
  }
};

template <class T>
struct Constant {
  T value;
  __device__ T operator()() const { return value; }
};

struct Choose {
  template <class T>
  __device__ T operator()(bool condition, T a, T b) const {
    return condition ? a : b;
  }
};

}  // namespace

void fill(const View& y, Number value) {
  by_dtype("fill", y.dtype, [&]<class T>() { map<T>(y, Constant<compute_t<T>>{value.as<compute_t<T>>()}); });
}

void convert(const View& y, const View& x) {
  by_dtype("convert", y.dtype,
           [&]<class Y>() { by_dtype("convert", x.dtype, [&]<class X>() { map<Y, X>(y, x, Convert<Y>{}); }); });
}

void where(const View& y, const View& condition, const View& a, const View& b) {
  by_dtype("where", y.dtype, [&]<class T>() { map<T, bool, T, T>(y, condition, a, b, Choose{}); });
}

}  // namespace cadena::cuda
