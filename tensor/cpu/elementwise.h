#pragma once

#include "tensor/base/number.h"
#include "tensor/cpu/loops.h"

namespace cadena::cpu {

/// y[i] = f(x[i]) for numbers; y and x have one shape and dtype.
template <class F>
void unary(const char* op, const View& y, const View& x, F f) {
  by_number(op, x.dtype, [&]<class T>() { map<T, T>(y, x, f); });
}

/// The same for formulas that exist for real numbers only.
template <class F>
void unary_float(const char* op, const View& y, const View& x, F f) {
  by_float(op, x.dtype, [&]<class T>() { map<T, T>(y, x, f); });
}

/// y[i] = f(a[i], b[i]) for numbers; all three have one shape and dtype.
template <class F>
void binary(const char* op, const View& y, const View& a, const View& b, F f) {
  by_number(op, a.dtype, [&]<class T>() { map<T, T, T>(y, a, b, f); });
}

/// The same for formulas that exist for real numbers only.
template <class F>
void binary_float(const char* op, const View& y, const View& a, const View& b, F f) {
  by_float(op, a.dtype, [&]<class T>() { map<T, T, T>(y, a, b, f); });
}

/// y[i] = f(a[i], b[i]), true or false, for any dtype of a and b; y is bool.
template <class F>
void compare(const char* op, const View& y, const View& a, const View& b, F f) {
  by_dtype(op, a.dtype, [&]<class T>() { map<bool, T, T>(y, a, b, f); });
}

/// y[i] = f(x[i]), true or false, for numbers; y is bool.
template <class F>
void test(const char* op, const View& y, const View& x, F f) {
  by_number(op, x.dtype, [&]<class T>() { map<bool, T>(y, x, f); });
}

/// The same for formulas that exist for real numbers only.
template <class F>
void test_float(const char* op, const View& y, const View& x, F f) {
  by_float(op, x.dtype, [&]<class T>() { map<bool, T>(y, x, f); });
}

/// y[i] = f(a[i], b[i]); all are bool.
template <class F>
void logic(const View& y, const View& a, const View& b, F f) {
  map<bool, bool, bool>(y, a, b, f);
}

/// y[i] = value.
void fill(const View& y, Number value);

/// y[i] = x[i] between any two dtypes.
void convert(const View& y, const View& x);

}  // namespace cadena::cpu
