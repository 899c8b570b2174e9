#include "tutorials/03_logistic_regression/model.h"

namespace cadena::tutorials {

LogisticRegression logistic_regression(const Dataset& data, double lambda) {
  const Tensor x = cast(data.x, Dtype::f64);
  const i64 n = x.size(0), d = x.size(1);
  return {concat({x, ones({n, 1}, Dtype::f64)}, 1), cast(data.y, Dtype::f64),
          concat({full({d}, lambda, Dtype::f64), zeros({1}, Dtype::f64)})};
}

//! [newton]
Tensor gradient(const LogisticRegression& model, const Tensor& w) {
  return matmul(transpose(model.x), model.probabilities(w) - model.y) + model.penalty * w;
}

Tensor curvature(const LogisticRegression& model, const Tensor& w) {
  const Tensor p = model.probabilities(w);
  const Tensor s = unsqueeze(p * (1 - p), 1);  // (n, 1)
  return matmul(transpose(model.x), s * model.x) + model.penalty * eye(w.size(0), -1, Dtype::f64);
}

std::vector<Tensor> newton(const LogisticRegression& model, const Tensor& start, double tolerance, int steps) {
  std::vector<Tensor> path{start};
  while (static_cast<int>(path.size()) <= steps) {
    const Tensor w = path.back(), g = gradient(model, w);
    if (max(abs(g)).item() < tolerance) break;
    Tensor step = solve(curvature(model, w), g);
    while (model(w - step) > model(w)) {
      step = 0.5 * step;
      if (max(abs(step)).item() < 1e-14) return path;  // nothing lowers the loss any more: rounding is all that is left
    }
    path.push_back(w - step);
  }
  return path;
}
//! [newton]

Tensor fit(const LogisticRegression& model) { return newton(model, zeros({model.x.size(1)}, Dtype::f64)).back(); }

double separate(const LogisticRegression& model, const Tensor& w) {
  const Tensor sign = 2 * model.y - 1;
  return min(sign * matmul(model.x, w)).item();
}

SoftmaxFit fit_softmax(const Dataset& data, i64 classes, double lambda) {
  const Variable x(cast(data.x, Dtype::f64));
  const Variable w = parameter(zeros({x.size(1), classes}, Dtype::f64)), b = parameter(zeros({classes}, Dtype::f64));
  Lbfgs lbfgs({w, b},
              {.max_iterations = 2000, .max_evaluations = 4000, .gradient_tolerance = 1e-8, .change_tolerance = 0});
  lbfgs.step([&] {
    return nn::cross_entropy_loss(matmul(x, w) + b, data.y, {.reduction = nn::Reduction::sum}) +
           0.5 * lambda * sum(square(w));
  });
  return {w.value(), b.value()};
}

Tensor predict(const SoftmaxFit& fit, const Tensor& x) { return argmax(matmul(cast(x, Dtype::f64), fit.w) + fit.b, 1); }

Dataset standardized(const Dataset& data) {
  const Tensor x = reshape(cast(data.x, Dtype::f64), {data.size(), data.x.numel() / data.size()});
  Dataset result = data;
  result.x = Standardizer(x)(x);
  return result;
}

}  // namespace cadena::tutorials
