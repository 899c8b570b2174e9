#pragma once

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// Elementwise arithmetic. Operands are broadcast as in NumPy and meet in their promoted dtype; the quotient of
/// integers is f32. A number that meets f16 or bf16 is not rounded first: x * 0.1 is computed in f32. All throw
/// ShapeError if the shapes do not broadcast and DeviceError if the devices differ.

/// \f$ y = a + b \f$
Tensor add(const Tensor& a, const Tensor& b);
Tensor add(const Tensor& a, Number b);
/// \f$ y = a - b \f$
Tensor sub(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, Number b);
Tensor sub(Number a, const Tensor& b);
/// \f$ y = a\,b \f$
Tensor mul(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, Number b);
/// \f$ y = a / b \f$
Tensor div(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, Number b);
Tensor div(Number a, const Tensor& b);
/// \f$ y = -x \f$
Tensor neg(const Tensor& x);
/// \f$ y = \max(a, b) \f$, NaN where a or b is. Throws DtypeError for two bool tensors, as the sums above do.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, Number b);
/// \f$ y = \min(a, b) \f$, NaN where a or b is.
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, Number b);

/// \f$ y = a + b \f$, as `add`.
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, Number b) { return add(a, b); }
inline Tensor operator+(Number a, const Tensor& b) { return add(b, a); }
/// \f$ y = a - b \f$, as `sub`.
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator-(const Tensor& a, Number b) { return sub(a, b); }
inline Tensor operator-(Number a, const Tensor& b) { return sub(a, b); }
/// \f$ y = a\,b \f$ element by element, as `mul`; the product of matrices is `matmul`.
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator*(const Tensor& a, Number b) { return mul(a, b); }
inline Tensor operator*(Number a, const Tensor& b) { return mul(b, a); }
/// \f$ y = a / b \f$, as `div`.
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator/(const Tensor& a, Number b) { return div(a, b); }
inline Tensor operator/(Number a, const Tensor& b) { return div(a, b); }
/// \f$ y = -x \f$, as `neg`.
inline Tensor operator-(const Tensor& x) { return neg(x); }

}  // namespace cadena
