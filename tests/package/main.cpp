// What a client does first: a gradient, and an op of its own, certified.
#include <cmath>
#include <cstdio>

#include "autograd/certify.h"
#include "autograd/define_op.h"
#include "cadena.h"

namespace {

/// y = x^3, an op the library does not know.
struct Cube {
  static constexpr auto name = "cube";
  cadena::Tensor forward(const cadena::Tensor& x) const { return x * x * x; }
  cadena::Variable vjp(cadena::Wrt<0>, cadena::Cot dy, cadena::Arg<0> x) const { return dy * x * x * 3; }
  cadena::Variable jvp(cadena::Wrt<0>, cadena::Tan<0> dx, cadena::Arg<0> x) const { return dx * x * x * 3; }
  static cadena::Samples<Cube> samples() { return {{"", {}, {cadena::Draw(name).normal({2, 3})}}}; }
};

}  // namespace

int main() {
  using namespace cadena;
  const Variable x = parameter(tensor({1, 2, 3}, Dtype::f64));
  const Variable y = matmul(x, x / 2);  // |x|^2 / 2, whose gradient is x
  const Tensor difference = grad(y, x).value() - x.value();
  const double error = matmul(difference, difference).item();
  const Certificate certificate = certify<Cube>();
  std::printf("gradient off by %g; %s\n", std::sqrt(error), to_string(certificate).c_str());
  return error == 0 && certificate.certified() ? 0 : 1;
}
