#pragma once

#include "tensor/base/number.h"
#include "tensor/base/view.h"

/// The elementwise kernels of tensor/cpu/elementwise.h on a CUDA device, with the same names and arguments. Each
/// formula of tensor/base/scalar*.h is instantiated in a .cu file of this folder; one that is not does not link.
namespace cadena::cuda {

/// y[i] = f(x[i]) for numbers; y and x have one shape and dtype.
template <class F>
void unary(const char* op, const View& y, const View& x, F f);

/// The same for formulas that exist for real numbers only.
template <class F>
void unary_float(const char* op, const View& y, const View& x, F f);

/// y[i] = f(a[i], b[i]) for numbers; all three have one shape and dtype.
template <class F>
void binary(const char* op, const View& y, const View& a, const View& b, F f);

/// The same for formulas that exist for real numbers only.
template <class F>
void binary_float(const char* op, const View& y, const View& a, const View& b, F f);

/// y[i] = f(a[i], b[i]), true or false, for any dtype of a and b; y is bool.
template <class F>
void compare(const char* op, const View& y, const View& a, const View& b, F f);

/// y[i] = f(x[i]), true or false, for numbers; y is bool.
template <class F>
void test(const char* op, const View& y, const View& x, F f);

/// The same for formulas that exist for real numbers only.
template <class F>
void test_float(const char* op, const View& y, const View& x, F f);

/// y[i] = f(a[i], b[i]); all are bool.
template <class F>
void logic(const View& y, const View& a, const View& b, F f);

/// y[i] = value.
void fill(const View& y, Number value);

/// y[i] = x[i] between any two dtypes.
void convert(const View& y, const View& x);

/// y[i] = condition[i] ? a[i] : b[i]; y, a and b have one dtype, the condition is bool.
void where(const View& y, const View& condition, const View& a, const View& b);

}  // namespace cadena::cuda
