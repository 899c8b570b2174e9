#pragma once

#include <functional>
#include <initializer_list>
#include <utility>

#include "autograd/variable.h"
#include "tensor/factories.h"

namespace cadena {

/// f'(x) for each element x.
inline Tensor slope(const std::function<Variable(const Variable&)>& f, std::initializer_list<double> x,
                    Dtype dtype = Dtype::f64) {
  const Variable v = parameter(tensor(x, dtype));
  const Variable y = f(v);
  y.backward(ones_like(y.value()));
  return v.grad();
}

/// The derivatives of f(a, b) with respect to a and b, for each pair of elements.
inline std::pair<Tensor, Tensor> slopes(const std::function<Variable(const Variable&, const Variable&)>& f,
                                        std::initializer_list<double> a, std::initializer_list<double> b) {
  const Variable u = parameter(tensor(a, Dtype::f64));
  const Variable v = parameter(tensor(b, Dtype::f64));
  const Variable y = f(u, v);
  y.backward(ones_like(y.value()));
  return {u.grad(), v.grad()};
}

}  // namespace cadena
