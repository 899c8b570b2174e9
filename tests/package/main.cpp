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

/// Its argument is the name of a file among the data that ship with Cadena.
int main(int, char** arguments) {
  using namespace cadena;
  const Variable x = parameter(tensor({1, 2, 3}, Dtype::f64));
  const Variable y = matmul(x, x / 2);  // |x|^2 / 2, whose gradient is x
  const Tensor difference = grad(y, x).value() - x.value();
  const double error = matmul(difference, difference).item();
  const Certificate certificate = certify<Cube>();
  const i64 irises = load_csv(data_file(arguments[1]), {.free_header = true}).values.size(0);
  std::printf("gradient off by %g; %s; %d irises\n", std::sqrt(error), to_string(certificate).c_str(),
              static_cast<int>(irises));
  return error == 0 && certificate.certified() && irises == 150 ? 0 : 1;
}
