#include "nn/loss.h"

#include <algorithm>
#include <vector>

#include "autograd/activation.h"
#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/cross_entropy.h"
#include "autograd/indexing.h"
#include "autograd/power.h"
#include "autograd/reduce.h"
#include "autograd/rounding.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/indexing.h"
#include "tensor/recording.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

namespace cadena::nn {
namespace {

Variable reduced(const Variable& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean: return mean(losses);
    case Reduction::sum: return sum(losses);
    case Reduction::none: break;
  }
  return losses;
}

/// The mean over the targets that count; the ignored ones have loss 0.
Variable reduced(const Variable& losses, const Tensor& targets, i64 ignore_index, Reduction reduction) {
  if (reduction != Reduction::mean) return reduced(losses, reduction);
  const Dtype dtype = compute_dtype(losses.dtype());  // the sum may not fit f16
  const Variable count(cast(sum(ne(targets, ignore_index)), dtype));
  return cast(sum(cast(losses, dtype)) / count, losses.dtype());
}

void check_shapes(const char* loss, const Shape& y, const Shape& target) {
  if (y != target) fail<ShapeError>(loss, ": predictions of shape ", y, " against targets of shape ", target);
}

/// Throws ValueError naming the first target outside `valid`, a mask; Error while a step is recorded.
void check_targets(const char* loss, const Tensor& target, const Tensor& valid, const char* expected) {
  if (target.device().is_cuda()) Recording::refuse(loss, "the check of its targets waits for the device");
  if (all(valid).item() != 0) return;
  const std::vector<double> values = target.to_vector(), flags = valid.to_vector();
  const auto at = static_cast<std::size_t>(std::find(flags.begin(), flags.end(), 0) - flags.begin());
  fail<ValueError>(loss, ": a target is ", values[at], ", expected ", expected);
}

Tensor is_sign(const Tensor& target) { return logical_or(eq(target, 1), eq(target, -1)); }

}  // namespace

Variable mse_loss(const Variable& y, const Variable& target, Reduction reduction) {
  check_shapes("mse_loss", y.shape(), target.shape());
  return reduced(square(y - target), reduction);
}

Variable mse_loss(const Variable& y, const Tensor& target, Reduction reduction) {
  return mse_loss(y, Variable(target), reduction);
}

Variable l1_loss(const Variable& y, const Variable& target, Reduction reduction) {
  check_shapes("l1_loss", y.shape(), target.shape());
  return reduced(abs(y - target), reduction);
}

Variable l1_loss(const Variable& y, const Tensor& target, Reduction reduction) {
  return l1_loss(y, Variable(target), reduction);
}

Variable huber_loss(const Variable& y, const Variable& target, double delta, Reduction reduction) {
  check_shapes("huber_loss", y.shape(), target.shape());
  if (!(delta > 0)) fail<ValueError>("huber_loss: expected a positive delta, got ", delta);
  // c (|d| - c/2) with c = min(|d|, delta) is both formulas in one; its gradient at an infinite d is delta, not NaN.
  const Variable size = abs(y - target), c = clamp_max(size, delta);
  return reduced(c * (size - 0.5 * c), reduction);
}

Variable huber_loss(const Variable& y, const Tensor& target, double delta, Reduction reduction) {
  return huber_loss(y, Variable(target), delta, reduction);
}

Variable cross_entropy_loss(const Variable& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  const Variable losses = cross_entropy(logits, targets, -1, options.ignore_index, options.label_smoothing);
  return reduced(losses, targets, options.ignore_index, options.reduction);
}

Variable nll_loss(const Variable& log_probabilities, const Tensor& targets, Reduction reduction, i64 ignore_index) {
  const int last = log_probabilities.rank() - 1;
  if (last < 0 || log_probabilities.shape().without(last) != targets.shape()) {
    fail<ShapeError>("nll_loss: targets of shape ", targets.shape(), " for log-probabilities of shape ",
                     log_probabilities.shape(), ", expected that without its last axis");
  }
  if (targets.dtype() != Dtype::i64) fail<DtypeError>("nll_loss: expected i64 targets, got ", targets.dtype());
  const Tensor ignored = eq(targets, ignore_index);
  const Tensor classes = where(ignored, 0, targets);
  check_rows("nll_loss: targets", classes, log_probabilities.size(last), "classes");
  const Variable picked = squeeze(gather(log_probabilities, unsqueeze(classes, -1), -1), -1);
  return reduced(where(ignored, 0, -picked), targets, ignore_index, reduction);
}

Variable bce_with_logits_loss(const Variable& logits, const Variable& target, Reduction reduction) {
  check_shapes("bce_with_logits_loss", logits.shape(), target.shape());
  const Tensor& t = target.value();
  check_targets("bce_with_logits_loss", t, logical_not(logical_or(lt(t, 0), gt(t, 1))), "a probability in [0, 1]");
  return reduced(target * softplus(-logits) + (1 - target) * softplus(logits), reduction);
}

Variable bce_with_logits_loss(const Variable& logits, const Tensor& target, Reduction reduction) {
  return bce_with_logits_loss(logits, Variable(target), reduction);
}

Variable kl_div_loss(const Variable& log_probabilities, const Tensor& target, Reduction reduction) {
  check_shapes("kl_div_loss", log_probabilities.shape(), target.shape());
  const Tensor is_zero = eq(target, 0);
  const Tensor entropy = where(is_zero, 0, mul(target, log(target)));  // p ln p, 0 at 0
  const Variable counted = where(is_zero, 0, log_probabilities);       // 0 times an infinite logarithm is 0 here
  return reduced(Variable(entropy) - counted * Variable(target), reduction);
}

Variable hinge_loss(const Variable& y, const Tensor& target, Reduction reduction) {
  check_shapes("hinge_loss", y.shape(), target.shape());
  check_targets("hinge_loss", target, is_sign(target), "-1 or 1");
  return reduced(relu(1 - y * Variable(target)), reduction);
}

Variable cosine_embedding_loss(const Variable& a, const Variable& b, const Tensor& target, double margin,
                               Reduction reduction) {
  check_shapes("cosine_embedding_loss", a.shape(), b.shape());
  if (a.rank() == 0 || a.shape().without(a.rank() - 1) != target.shape()) {
    fail<ShapeError>("cosine_embedding_loss: targets of shape ", target.shape(), " for pairs of shape ", a.shape());
  }
  check_targets("cosine_embedding_loss", target, is_sign(target), "-1 or 1");
  const auto [u, v] = align_float("cosine_embedding_loss", a, b);
  const Dtype computed = compute_dtype(u.dtype());  // squares overflow and the smallest length vanishes in f16
  const Variable x = cast(u, computed), y = cast(v, computed);
  constexpr double kSmallest = 1e-12;  // keeps the square root away from 0 for a vector of zeros
  const Variable lengths = (sum(square(x), -1) + kSmallest) * (sum(square(y), -1) + kSmallest);
  const Variable cosine = sum(x * y, -1) * rsqrt(lengths);
  const Variable losses = where(gt(target, 0), 1 - cosine, relu(cosine - margin));
  return reduced(cast(losses, u.dtype()), reduction);
}

}  // namespace cadena::nn
