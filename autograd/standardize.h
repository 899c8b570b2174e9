#pragma once

#include "autograd/variable.h"

namespace cadena {

/// The normalization of x over some axes, in differentiable ops: what the rules of layer, rms and batch norm share.
/// \f$ \hat x = (x - \mu)\, r \f$ has the derivative \f$ J u = r (u - \overline{u} - \hat x\, \overline{\hat x u}) \f$,
/// which is symmetric; without centring the term \f$ \overline u \f$ is absent.
class Standardized {
 public:
  /// Mean and variance over `axes`, \f$ r = 1 / \sqrt{v + \epsilon} \f$; not centred, v is the mean of squares.
  Standardized(const Variable& x, const Axes& axes, double eps, bool centred = true);

  /// \f$ \hat x \f$, of the shape of x.
  const Variable& xhat() const { return xhat_; }
  /// r, with extent 1 along the normalized axes.
  const Variable& rstd() const { return rstd_; }

  /// J u, and as J is symmetric also J^T u.
  Variable jacobian_times(const Variable& u) const;

 private:
  Axes axes_;
  bool centred_;
  Variable xhat_, rstd_;
};

}  // namespace cadena
