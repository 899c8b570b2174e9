#pragma once

#include <utility>

#include "autograd/variable.h"
#include "tensor/base/number.h"

namespace cadena {

/// Differentiable elementwise arithmetic, with the broadcasting and dtype rules of `tensor/arithmetic.h`.

/// \f$ y = a + b \f$
Variable add(const Variable& a, const Variable& b);
Variable add(const Variable& a, Number b);
/// \f$ y = a - b \f$
Variable sub(const Variable& a, const Variable& b);
Variable sub(const Variable& a, Number b);
Variable sub(Number a, const Variable& b);
/// \f$ y = a\,b \f$
Variable mul(const Variable& a, const Variable& b);
Variable mul(const Variable& a, Number b);
/// \f$ y = a / b \f$
Variable div(const Variable& a, const Variable& b);
Variable div(const Variable& a, Number b);
Variable div(Number a, const Variable& b);
/// \f$ y = -x \f$
Variable neg(const Variable& x);
/// \f$ y = \max(a, b) \f$; where a and b tie, each receives half of what flows back.
Variable maximum(const Variable& a, const Variable& b);
Variable maximum(const Variable& a, Number b);
/// \f$ y = \min(a, b) \f$; where a and b tie, each receives half of what flows back.
Variable minimum(const Variable& a, const Variable& b);
Variable minimum(const Variable& a, Number b);

/// \f$ y = a + b \f$, as `add`.
inline Variable operator+(const Variable& a, const Variable& b) { return add(a, b); }
inline Variable operator+(const Variable& a, Number b) { return add(a, b); }
inline Variable operator+(Number a, const Variable& b) { return add(b, a); }
/// \f$ y = a - b \f$, as `sub`.
inline Variable operator-(const Variable& a, const Variable& b) { return sub(a, b); }
inline Variable operator-(const Variable& a, Number b) { return sub(a, b); }
inline Variable operator-(Number a, const Variable& b) { return sub(a, b); }
/// \f$ y = a\,b \f$ element by element, as `mul`; the product of matrices is `matmul`.
inline Variable operator*(const Variable& a, const Variable& b) { return mul(a, b); }
inline Variable operator*(const Variable& a, Number b) { return mul(a, b); }
inline Variable operator*(Number a, const Variable& b) { return mul(b, a); }
/// \f$ y = a / b \f$, as `div`.
inline Variable operator/(const Variable& a, const Variable& b) { return div(a, b); }
inline Variable operator/(const Variable& a, Number b) { return div(a, b); }
inline Variable operator/(Number a, const Variable& b) { return div(a, b); }
/// \f$ y = -x \f$, as `neg`.
inline Variable operator-(const Variable& x) { return neg(x); }

}  // namespace cadena
