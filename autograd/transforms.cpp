#include "autograd/transforms.h"

#include "autograd/arithmetic.h"
#include "autograd/join.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

/// A start for a pass over a function of x: a fresh parameter, or, where the result is to be differentiated again and x
/// is tracked, a node that leads on to x.
Variable start(const Variable& x, bool differentiable) {
  return differentiable && x.requires_grad() ? identity(x) : parameter(x.value());
}

std::vector<Variable> starts(std::span<const Variable> xs, bool differentiable) {
  std::vector<Variable> fresh;
  for (const Variable& x : xs) fresh.push_back(start(x, differentiable));
  return fresh;
}

Variable zeros_for(const Variable& x) { return Variable(zeros_like(x.value())); }

/// Element i of the standard basis of tensors of x's shape.
Variable basis_vector(const Variable& x, i64 i) {
  const Tensor e = zeros(x.shape(), x.dtype(), x.device());
  fill(select(reshape(e, {e.numel()}), 0, i), 1);
  return Variable(e);
}

Shape joined(const Shape& a, const Shape& b) {
  Shape shape = a;
  for (i64 extent : b) shape = shape.with_inserted(shape.rank(), extent);
  return shape;
}

/// Rows dy_j / dx, one reverse pass each: (shape of y…, shape of x…).
Variable by_rows(const Variable& y, const Variable& x, bool differentiable) {
  std::vector<Variable> rows;
  for (i64 j = 0; j < y.numel(); ++j) {
    rows.push_back(grad(y, x, {.cotangent = basis_vector(y, j), .differentiable = differentiable}));
  }
  if (rows.empty()) return Variable(zeros(joined(y.shape(), x.shape()), x.dtype(), x.device()));
  return reshape(stack(rows, 0), joined(y.shape(), x.shape()));
}

/// Columns dy / dx_i, one forward pass each, side by side along a last axis.
Variable by_columns(const Variable& y, const Variable& x, bool differentiable) {
  std::vector<Variable> columns;
  for (i64 i = 0; i < x.numel(); ++i) {
    const Variable e = basis_vector(x, i);
    const Variable column = push_forward(std::span(&y, 1), std::span(&x, 1), std::span(&e, 1), differentiable)[0];
    columns.push_back(column.defined() ? column : zeros_for(y));
  }
  if (columns.empty()) return Variable(zeros(joined(y.shape(), x.shape()), x.dtype(), x.device()));
  return reshape(stack(columns, y.rank()), joined(y.shape(), x.shape()));
}

void expect_scalar(const char* op, const Variable& y) {
  if (y.numel() != 1) fail<ShapeError>(op, ": expected a scalar function, its value has shape ", y.shape());
}

}  // namespace

ValueAndProduct jvp(const Function& f, std::span<const Variable> x, std::span<const Variable> v,
                    const TransformOptions& options) {
  const std::vector<Variable> from = starts(x, options.differentiable);
  const Variable y = f(from);
  const Variable tangent = push_forward(std::span(&y, 1), from, v, options.differentiable)[0];
  return {options.differentiable ? y : y.detach(), tangent.defined() ? tangent : zeros_for(y)};
}

std::pair<Variable, std::vector<Variable>> vjp(const Function& f, std::span<const Variable> x, const Variable& u,
                                               const TransformOptions& options) {
  const std::vector<Variable> from = starts(x, options.differentiable);
  const Variable y = f(from);
  std::vector<Variable> products = grad(y, from, {.cotangent = u, .differentiable = options.differentiable});
  return {options.differentiable ? y : y.detach(), std::move(products)};
}

ValueAndProduct jvp(const Function& f, std::initializer_list<Variable> x, std::initializer_list<Variable> v,
                    const TransformOptions& options) {
  return jvp(f, std::span(x.begin(), x.size()), std::span(v.begin(), v.size()), options);
}

std::pair<Variable, std::vector<Variable>> vjp(const Function& f, std::initializer_list<Variable> x, const Variable& u,
                                               const TransformOptions& options) {
  return vjp(f, std::span(x.begin(), x.size()), u, options);
}

Variable hvp(const Callable<Variable(const Variable&)>& f, const Variable& x, const Variable& v,
             const TransformOptions& options) {
  const Variable from = start(x, options.differentiable);
  const Variable y = f(from);
  expect_scalar("hvp", y);
  if (v.shape() != x.shape()) fail<ShapeError>("hvp: the direction has shape ", v.shape(), ", the input ", x.shape());
  const Variable g = grad(y, from, {.differentiable = true});
  const Variable product =
      push_forward(std::span(&g, 1), std::span(&from, 1), std::span(&v, 1), options.differentiable)[0];
  return product.defined() ? product : zeros_for(x);
}

Variable jacobian(const Callable<Variable(const Variable&)>& f, const Variable& x, const TransformOptions& options) {
  const Variable from = start(x, options.differentiable);
  const Variable y = f(from);
  return y.numel() <= x.numel() ? by_rows(y, from, options.differentiable)
                                : by_columns(y, from, options.differentiable);
}

Variable hessian(const Callable<Variable(const Variable&)>& f, const Variable& x, const TransformOptions& options) {
  const Variable from = start(x, options.differentiable);
  const Variable y = f(from);
  expect_scalar("hessian", y);
  return by_columns(grad(y, from, {.differentiable = true}), from, options.differentiable);
}

}  // namespace cadena
