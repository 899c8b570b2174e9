#pragma once

#include "autograd/variable.h"
#include "tensor/tensor.h"

namespace cadena::nn {

/// What becomes of the losses of single elements: their mean, their sum, or themselves.
enum class Reduction { mean, sum, none };

/// Losses of predictions against targets. Where the two are compared element by element their shapes must be equal:
/// (n, 1) against (n,) would broadcast to all n^2 pairs, a mistake that trains without a word. All throw ShapeError
/// otherwise. The mean of no elements is NaN.

/// \f$ (y - t)^2 \f$
Variable mse_loss(const Variable& y, const Variable& target, Reduction reduction = Reduction::mean);
/// The same for a target that is data.
Variable mse_loss(const Variable& y, const Tensor& target, Reduction reduction = Reduction::mean);

/// \f$ |y - t| \f$; the subgradient at 0 is 0.
Variable l1_loss(const Variable& y, const Variable& target, Reduction reduction = Reduction::mean);
/// The same for a target that is data.
Variable l1_loss(const Variable& y, const Tensor& target, Reduction reduction = Reduction::mean);

/// \f$ \frac12 d^2 \f$ for \f$ |d| \le \delta \f$, \f$ \delta (|d| - \frac12 \delta) \f$ beyond, with d = y - t. Huber,
/// 1964. Throws ValueError unless \f$ \delta > 0 \f$.
Variable huber_loss(const Variable& y, const Variable& target, double delta = 1, Reduction reduction = Reduction::mean);
/// The same for a target that is data.
Variable huber_loss(const Variable& y, const Tensor& target, double delta = 1, Reduction reduction = Reduction::mean);

/// Options of `cross_entropy_loss`.
struct CrossEntropyOptions {
  Reduction reduction = Reduction::mean;  ///< the mean is over the targets that are not ignored
  double label_smoothing = 0;             ///< \f$ \varepsilon \f$, spread evenly over the classes
  i64 ignore_index = -100;                ///< a target that counts for nothing
};

/// \f$ -\ln \mathrm{softmax}(z)_t \f$ for logits (…, classes) and i64 targets (…), smoothed as in
/// tensor/cross_entropy.h. Where all targets are ignored, the sum is 0 and the mean NaN, as in PyTorch: a mean of
/// nothing; the gradient is 0. Throws DtypeError unless targets are i64, IndexError for one outside the classes,
/// ValueError for a smoothing outside [0, 1].
Variable cross_entropy_loss(const Variable& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

/// \f$ -\ell_t \f$ for log-probabilities \f$ \ell \f$ (…, classes) and i64 targets (…); 0 for ignored targets, over
/// which the mean does not go. Throws DtypeError unless targets are i64, IndexError for one outside the classes.
Variable nll_loss(const Variable& log_probabilities, const Tensor& targets, Reduction reduction = Reduction::mean,
                  i64 ignore_index = -100);

/// \f$ -t \ln \sigma(z) - (1 - t) \ln(1 - \sigma(z)) = t \ln(1 + e^{-z}) + (1 - t) \ln(1 + e^z) \f$ for logits z and
/// t in [0, 1]: finite for every finite z, without cancellation. Throws ValueError for a t outside.
Variable bce_with_logits_loss(const Variable& logits, const Variable& target, Reduction reduction = Reduction::mean);
/// The same for a target that is data.
Variable bce_with_logits_loss(const Variable& logits, const Tensor& target, Reduction reduction = Reduction::mean);

/// \f$ p (\ln p - \ell) \f$ for target probabilities p and predicted log-probabilities \f$ \ell \f$: summed over a
/// distribution, the Kullback-Leibler divergence. 0 where p is 0.
Variable kl_div_loss(const Variable& log_probabilities, const Tensor& target, Reduction reduction = Reduction::mean);

/// \f$ \max(0, 1 - t y) \f$ for targets of -1 and 1; the subgradient at t y = 1 is 0. Throws ValueError for another
/// target.
Variable hinge_loss(const Variable& y, const Tensor& target, Reduction reduction = Reduction::mean);

/// \f$ 1 - \cos(a, b) \f$ for pairs with target 1, \f$ \max(0, \cos(a, b) - m) \f$ for pairs with target -1; a and b
/// (…, width), targets (…), margin m. With \f$ \cos(a, b) = a \cdot b / \sqrt{(a^2 + \epsilon)(b^2 + \epsilon)} \f$,
/// \f$ \epsilon = 10^{-12} \f$, as in PyTorch: the cosine of a vector of zeros is 0, and its gradient there is up to
/// \f$ 10^6 \f$, which f16 stores as infinity. Computed in f32 for f16 and bf16. Throws ValueError for another target.
Variable cosine_embedding_loss(const Variable& a, const Variable& b, const Tensor& target, double margin = 0,
                               Reduction reduction = Reduction::mean);

}  // namespace cadena::nn
