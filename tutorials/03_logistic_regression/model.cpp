#include "tutorials/03_logistic_regression/model.h"

#include <limits>

namespace cadena::tutorials {
namespace {

double number_right(const Tensor& predicted, const Tensor& labels) {
  return sum(cast(eq(predicted, labels), Dtype::i64)).item();
}

// Rows of x flattened, in f64.
Tensor flattened(const Dataset& data) {
  return reshape(cast(data.x, Dtype::f64), {data.size(), data.x.numel() / data.size()});
}

}  // namespace

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
    const Tensor d = solve(curvature(model, w), g);
    const double loss = model(w), promised = sum(g * d).item();
    // A sum of n terms is not known better than this; near the minimum a step promises less.
    const double rounding = static_cast<double>(model.x.size(0)) * std::numeric_limits<double>::epsilon() * loss;
    double t = 1;
    while (!(model(w - t * d) <= loss - 0.1 * t * promised + rounding)) {
      t /= 2;
      if (t < 1e-12) return path;  // no step lowers the loss: it is not a number
    }
    path.push_back(w - t * d);
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

Split fold(const Dataset& data, i64 k) {
  std::vector<i64> train, test;
  for (i64 i = 0; i < data.size(); ++i) (i % 5 == k ? test : train).push_back(i);
  Dataset flat = data;
  flat.x = flattened(data);
  const auto rows = [&](const std::vector<i64>& index) {
    return subset(flat, from_values(index, {static_cast<i64>(index.size())}));
  };
  return standardize(Split{rows(train), rows(test)});
}

i64 right_in_five_folds(const Dataset& data, double C) {
  const auto classes = static_cast<i64>(max(data.y).item()) + 1;
  double right = 0;
  for (i64 k = 0; k < 5; ++k) {
    const auto [train, test] = fold(data, k);
    if (classes == 2) {
      const Tensor z = matmul(logistic_regression(test, 0).x, fit(logistic_regression(train, 1 / C)));
      right += number_right(cast(gt(z, 0), Dtype::i64), test.y);
    } else {
      right += number_right(predict(fit_softmax(train, classes, 1 / C), test.x), test.y);
    }
  }
  return static_cast<i64>(right);
}

Dataset standardized(const Dataset& data) {
  const Tensor x = flattened(data);
  Dataset result = data;
  result.x = Standardizer(x)(x);
  return result;
}

}  // namespace cadena::tutorials
