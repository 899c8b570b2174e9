#include "autograd/einsum.h"

#include <vector>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/matmul.h"
#include "autograd/views.h"
#include "tensor/einsum_plan.h"

namespace cadena {

Variable einsum(std::string_view equation, std::span<const Variable> operands) {
  std::vector<Shape> shapes;
  for (const Variable& x : operands) shapes.push_back(x.shape());
  return detail::run_einsum(detail::plan_einsum(equation, shapes), operands);
}

Variable einsum(std::string_view equation, std::initializer_list<Variable> operands) {
  return einsum(equation, std::span(operands.begin(), operands.size()));
}

}  // namespace cadena
