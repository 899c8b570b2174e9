#pragma once

#include "tensor/base/view.h"

/// First and second derivatives of determinants, batches of matrices (…, n, n) in f32 or f64, computed in f64. Throw
/// LinalgError naming the matrix for NaN and infinities and where the singular values do not converge.
namespace cadena::cpu {

/// c = d det a / da, the cofactors: with a = u diag(s) v^T and the sign e = det(u v^T), \f$ c = e\, u\, \mathrm{diag}
/// (\prod_{k \ne i} s_k)\, v^T \f$. Nothing is divided, so it holds for every rank.
void cofactor(const View& c, const View& a);

/// y = the derivative of the cofactors of a along x: with b = u^T x v and \f$ p_{ij} = \prod_{k \ne i, j} s_k \f$ for
/// i != j, y = e u m v^T, where \f$ m_{ii} = \sum_{j \ne i} p_{ij} b_{jj} \f$ and \f$ m_{ij} = -p_{ij} b_{ji} \f$.
void cofactor_derivative(const View& y, const View& a, const View& x);

}  // namespace cadena::cpu
