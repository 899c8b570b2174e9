#pragma once

#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/map.cuh"

/// Definitions of the templates of elementwise.h, for the .cu files that instantiate them.
namespace cadena::cuda {

template <class F>
void unary(const char* op, const View& y, const View& x, F f) {
  by_number(op, x.dtype, [&]<class T>() { map<T, T>(y, x, f); });
}

template <class F>
void unary_float(const char* op, const View& y, const View& x, F f) {
  by_float(op, x.dtype, [&]<class T>() { map<T, T>(y, x, f); });
}

template <class F>
void binary(const char* op, const View& y, const View& a, const View& b, F f) {
  by_number(op, a.dtype, [&]<class T>() { map<T, T, T>(y, a, b, f); });
}

template <class F>
void binary_float(const char* op, const View& y, const View& a, const View& b, F f) {
  by_float(op, a.dtype, [&]<class T>() { map<T, T, T>(y, a, b, f); });
}

template <class F>
void compare(const char* op, const View& y, const View& a, const View& b, F f) {
  by_dtype(op, a.dtype, [&]<class T>() { map<bool, T, T>(y, a, b, f); });
}

template <class F>
void test(const char* op, const View& y, const View& x, F f) {
  by_number(op, x.dtype, [&]<class T>() { map<bool, T>(y, x, f); });
}

template <class F>
void test_float(const char* op, const View& y, const View& x, F f) {
  by_float(op, x.dtype, [&]<class T>() { map<bool, T>(y, x, f); });
}

template <class F>
void logic(const View& y, const View& a, const View& b, F f) {
  map<bool, bool, bool>(y, a, b, f);
}

}  // namespace cadena::cuda

/// Instantiates a kernel for the named formulas of tensor/base/scalar*.h.
#define CADENA_UNARY(F) template void cadena::cuda::unary(const char*, const View&, const View&, scalar::F)
#define CADENA_UNARY_FLOAT(F) template void cadena::cuda::unary_float(const char*, const View&, const View&, scalar::F)
#define CADENA_BINARY(F) \
  template void cadena::cuda::binary(const char*, const View&, const View&, const View&, scalar::F)
#define CADENA_BINARY_FLOAT(F) \
  template void cadena::cuda::binary_float(const char*, const View&, const View&, const View&, scalar::F)
#define CADENA_COMPARE(F) \
  template void cadena::cuda::compare(const char*, const View&, const View&, const View&, scalar::F)
#define CADENA_TEST(F) template void cadena::cuda::test(const char*, const View&, const View&, scalar::F)
#define CADENA_TEST_FLOAT(F) template void cadena::cuda::test_float(const char*, const View&, const View&, scalar::F)
#define CADENA_LOGIC(F) template void cadena::cuda::logic(const View&, const View&, const View&, scalar::F)
