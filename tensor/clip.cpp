#include "tensor/clip.h"

#include <cmath>
#include <vector>

#include "cuda/kernels/clip.h"
#include "cuda/kernels/elementwise.h"
#include "tensor/base/error.h"
#include "tensor/base/scalar_update.h"
#include "tensor/cpu/elementwise.h"
#include "tensor/cpu/norm.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

/// The p-norm of a vector from the p-norms of its parts.
double join(const std::vector<double>& norms, double p) {
  double total = 0;
  if (std::isinf(p)) {
    for (double norm : norms) total = total >= norm || std::isnan(total) ? total : norm;
    return total;
  }
  for (double norm : norms) total += std::pow(norm, p);
  return std::pow(total, 1 / p);
}

/// The views of tensors that lie together on a CUDA device; none if they do not.
std::vector<View> views_on_cuda(std::span<const Tensor> tensors) {
  std::vector<View> views;
  for (const Tensor& x : tensors) {
    if (!x.device().is_cuda() || x.device() != tensors[0].device()) return {};
    views.push_back(x.view());
  }
  return views;
}

}  // namespace

double vector_norm(const Tensor& x, double p) {
  if (!(p > 0)) fail<ValueError>("vector_norm: p is ", p, ", expected a number above 0");
  if (!is_floating(x.dtype())) fail_dtype("vector_norm", x.dtype(), "f32, f64, f16 or bf16");
  return on(x.device(), cpu::vector_norm, cuda::vector_norm)(x, p);
}

Tensor joint_norm(std::span<const Tensor> tensors, double p) {
  if (!(p > 0)) fail<ValueError>("joint_norm: p is ", p, ", expected a number above 0");
  for (const Tensor& x : tensors) {
    if (!is_floating(x.dtype())) fail_dtype("joint_norm", x.dtype(), "f32, f64, f16 or bf16");
  }
  if (const std::vector<View> views = views_on_cuda(tensors); !views.empty()) {
    const Tensor norm = empty({}, Dtype::f64, tensors[0].device());
    cuda::joint_norm(norm, views, p);
    return norm;
  }
  std::vector<double> norms;
  for (const Tensor& x : tensors) norms.push_back(vector_norm(x, p));
  return full({}, join(norms, p), Dtype::f64);
}

void scale_to_norm(std::span<const Tensor> tensors, const Tensor& norm, double max_norm) {
  for (const Tensor& x : tensors) {  // all of them, before the first is changed
    if (!is_floating(x.dtype())) fail_dtype("scale_to_norm", x.dtype(), "f32, f64, f16 or bf16");
    if (norm.device().is_cuda() && x.device() != norm.device()) {
      fail<DeviceError>("scale_to_norm: a tensor is on ", x.device(), ", the norm on ", norm.device());
    }
  }
  if (norm.device().is_cuda()) {
    for (const Tensor& x : tensors) x.begin_write("scale_to_norm");
    return cuda::scale_to_norm(views_on_cuda(tensors), norm, max_norm);
  }
  const double factor = max_norm / (norm.item() + 1e-6);
  if (factor >= 1) return;
  for (const Tensor& x : tensors) scale_into(x, factor);
}

void scale_into(const Tensor& x, double factor) {
  if (!is_floating(x.dtype())) fail_dtype("scale_into", x.dtype(), "f32, f64, f16 or bf16");
  x.begin_write("scale_into");
  on(x.device(), cpu::unary_float<scalar::Scale>, cuda::unary_float<scalar::Scale>)("scale_into", x, x,
                                                                                    scalar::Scale{factor});
}

void clamp_into(const Tensor& x, double bound) {
  if (!is_floating(x.dtype())) fail_dtype("clamp_into", x.dtype(), "f32, f64, f16 or bf16");
  if (!(bound >= 0)) fail<ValueError>("clamp_into: bound is ", bound, ", expected 0 or more");
  x.begin_write("clamp_into");
  on(x.device(), cpu::unary_float<scalar::ClampMagnitude>, cuda::unary_float<scalar::ClampMagnitude>)(
      "clamp_into", x, x, scalar::ClampMagnitude{bound});
}

}  // namespace cadena
