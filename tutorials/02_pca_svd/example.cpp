// Chapter 2: principal components of the digits, three iterations by hand, compression, and where derivatives end.
#include <algorithm>
#include <cmath>

#include "cadena.h"
#include "tutorials/02_pca_svd/iterations.h"
#include "tutorials/support/chapter.h"

namespace cadena::tutorials {
namespace {

std::vector<double> count_from(double first, std::size_t count) {
  std::vector<double> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = first + static_cast<double>(i);
  return x;
}

// Singular values 1 and 1e-10, from the matrix and from its Gram matrix.
void squared(Run& run) {
  Generator g(1);
  const Tensor u = qr(randn(g, {50, 2}, Dtype::f64))[0], v = qr(randn(g, {2, 2}, Dtype::f64))[0];
  const Tensor a = matmul(u * tensor({1, 1e-10}, Dtype::f64), transpose(v));
  const double direct = svdvals(a).at({1});
  const double by_gram = std::sqrt(std::max(0.0, eigvalsh(matmul(transpose(a), a)).at({0})));
  run.section("squared", {.tolerance = 1e-3});
  run.print("smallest singular value times 1e10, by the SVD:  {:.4f}\n", direct * 1e10);
  run.print("relative error by the square of the matrix above 10 %: {}\n",
            std::abs(by_gram * 1e10 - 1) > 0.1 ? "yes" : "no");
}

void iterations(Run& run) {
  Generator g(2);
  const Tensor b = randn(g, {60, 30}, Dtype::f64), a = matmul(transpose(b), b) / 60.0;
  const Tensor values = eigvalsh(a);
  const Tensor first = select(eigh(a)[1], 1, 29);
  Curve power{"power iteration: angle to the first vector", {}, {}},
      by_qr{"QR iteration: largest error of an eigenvalue", {}, {}},
      jacobi{"one-sided Jacobi, per sweep: largest cosine", {}, {}};
  const auto x = power_iteration(a, ones({30}, Dtype::f64), 200);
  for (std::size_t t = 0; t < x.size(); t += 2) {
    const double sine = norm(x[t] - sum(x[t] * first) * first).item();
    if (sine < 1e-14) break;
    power.x.push_back(static_cast<double>(t));
    power.y.push_back(sine);
  }
  const auto matrices = qr_iteration(a, 200);
  for (std::size_t t = 0; t < matrices.size(); t += 2) {
    by_qr.x.push_back(static_cast<double>(t));
    by_qr.y.push_back(max(abs(sort(diagonal(matrices[t])).values - values)).item());
  }
  const JacobiSvd svd_by_hand = jacobi_svd(b);
  for (std::size_t t = 0; t < svd_by_hand.cosines.size(); ++t) {
    jacobi.x.push_back(static_cast<double>(t + 1));
    jacobi.y.push_back(std::max(svd_by_hand.cosines[t], 1e-17));
  }
  const double worst = max(abs(svd_by_hand.s - svdvals(b)) / svdvals(b)).item();
  run.section("iterations", {.tolerance = 0.05});
  run.print("power iteration, 200 steps: sine of the angle {:.1e} (ratio of eigenvalues {:.3f})\n", power.y.back(),
            values.at({28}) / values.at({29}));
  run.print("QR iteration, 200 steps:    largest error of an eigenvalue {:.1e}\n", by_qr.y.back());
  run.print("one-sided Jacobi:           {} sweeps, relative error of every singular value below 1e-13: {}\n",
            svd_by_hand.cosines.size(), worst < 1e-13 ? "yes" : "no");
  run.curves("iterations",
             {.title = "Convergence, 30 columns", .x = "step or sweep", .y = "error", .log_y = true, .tolerance = 0.1},
             {power, by_qr, jacobi});
}

// A two-by-two matrix with eigenvalues 1 and 1 + gap, and a perturbation of size 0.01.
void gap(Run& run) {
  Curve turn{"angle turned, in radians", {}, {}}, slope{"perturbation / gap", {}, {}};
  for (int power = -8; power <= 2; ++power) {
    const double gap = std::pow(10.0, power / 2.0), epsilon = 0.01;
    const Tensor v = eigh(tensor({{1, epsilon}, {epsilon, 1 + gap}}, Dtype::f64))[1];
    turn.x.push_back(gap), slope.x.push_back(gap);
    turn.y.push_back(std::atan2(std::abs(v.at({1, 0})), std::abs(v.at({0, 0}))));
    slope.y.push_back(epsilon / gap);
  }
  run.curves(
      "gap",
      {.title = "A perturbation of 0.01 turns the eigenvector", .x = "gap", .y = "", .log_x = true, .log_y = true},
      {turn, slope});
}

Image image(const Tensor& pixels, const std::string& caption) {
  Image result{{}, caption};
  const std::vector<double> values = pixels.to_vector();
  for (std::size_t row = 0; row < 8; ++row)
    result.pixels.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(8 * row),
                               values.begin() + static_cast<std::ptrdiff_t>(8 * row + 8));
  return result;
}

void digits(Run& run, const Dataset& data) {
  const Tensor raw = reshape(cast(data.x, Dtype::f64), {data.size(), 64}), centre = mean(raw, {0});
  const Tensor x = raw - centre;
  const auto [u, s, vt] = svd(x);
  const Tensor variance = square(s) / static_cast<double>(data.size() - 1);
  const Tensor explained = cumsum(variance, 0) / sum(variance);
  run.section("digits", {.tolerance = 1e-3});
  for (const i64 k : {2, 8, 16, 32})
    run.print("{:>2} components of 64 explain {:.4f} of the variance\n", k, explained.at({k - 1}));
  run.value("explained_32", explained.at({31}), 1e-4);
  run.curves("explained", {.title = "Digits: variance explained", .x = "components", .y = "share"},
             {{"cumulative", count_from(1, 64), explained.to_vector()}});

  std::vector<Image> first;
  for (i64 i = 0; i < 16; ++i) first.push_back(image(select(vt, 0, i), fmt::format("{}", i + 1)));
  run.images("components", "Sixteen principal components of the digits", first, 8);

  std::vector<Curve> classes(10);
  const std::vector<double> labels = data.y.to_vector(), a = (select(u, 1, 0) * s.at({0})).to_vector(),
                            b = (select(u, 1, 1) * s.at({1})).to_vector();
  for (std::size_t i = 0; i < labels.size(); i += 2) {
    Curve& curve = classes[static_cast<std::size_t>(labels[i])];
    curve.x.push_back(a[i]);
    curve.y.push_back(b[i]);
  }
  for (std::size_t d = 0; d < 10; ++d) classes[d].label = std::to_string(d);
  run.scatter("plane", {.title = "Every second digit", .x = "first component", .y = "second component"}, classes);

  std::vector<Image> rebuilt;
  for (const i64 k : {2, 8, 16, 32, 64}) {
    const Tensor v = slice(vt, 0, {.stop = k});
    const Tensor back = matmul(matmul(slice(x, 0, {.stop = 10}), transpose(v)), v) + centre;
    for (i64 i = 0; i < 10; ++i) rebuilt.push_back(image(select(back, 0, i), ""));
  }
  run.images("reconstruction", "Ten digits from 2, 8, 16, 32 and all 64 components, row by row", rebuilt, 10);
}

double accuracy(nn::Sequential& model, const Dataset& data) {
  return mean(cast(eq(argmax(model(Variable(data.x)).value(), 1), data.y), Dtype::f32)).item();
}

void compression(Run& run, const Dataset& data) {
  Generator g(3);
  Split split = train_test_split(data, 0.2, g, true);
  for (Dataset* part : {&split.train, &split.test}) part->x = reshape(part->x / 16, {part->size(), 64});
  nn::Sequential model;
  model.emplace<nn::Linear>(64, 128, g);
  model.emplace<nn::ReLU>();
  model.emplace<nn::Linear>(128, 10, g);
  AdamW optimizer(model.parameters(), {.learning_rate = 3e-3});
  DataLoader loader(split.train, {.batch_size = 64, .shuffle = true});
  for (int epoch = 0; epoch < 25; ++epoch) {
    for (const Batch& batch : loader) {
      const Variable loss = nn::cross_entropy_loss(model(Variable(batch.x)), batch.y);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
  }
  const Variable weight = model.parameters()[0];
  const Tensor w = copy(weight.value());
  const auto [u, s, vt] = svd(w);
  const i64 numbers = w.numel(), per_rank = w.size(0) + w.size(1);
  Curve right{"accuracy on the test set", {}, {}}, error{"relative error of the weights", {}, {}};
  run.section("compression", {.tolerance = 0.03});
  run.print("whole layer: {} numbers, {:.3f} right\n", numbers, accuracy(model, split.test));
  for (const i64 k : {1, 2, 4, 8, 12, 16, 24, 32, 64}) {
    const Tensor small = matmul(slice(u, 1, {.stop = k}) * slice(s, 0, {.stop = k}), slice(vt, 0, {.stop = k}));
    weight.set_value(small);
    right.x.push_back(static_cast<double>(k)), error.x.push_back(static_cast<double>(k));
    right.y.push_back(accuracy(model, split.test)), error.y.push_back((norm(w - small) / norm(w)).item());
    run.print("rank {:>2}:     {:>5} numbers, {:.3f} right\n", k, std::min(k * per_rank, numbers), right.y.back());
  }
  run.curves("compression", {.title = "First layer cut to rank k, without further training", .x = "rank", .y = ""},
             {right, error});
}

// Gradient descent on the linear autoencoder, against the best loss there is.
void autoencoder(Run& run, const Dataset& data) {
  const Tensor raw = reshape(cast(data.x, Dtype::f64), {data.size(), 64}) / 16;
  const Tensor x = raw - mean(raw, {0});
  const double n = static_cast<double>(data.size());
  const auto [u, s, vt] = svd(x);
  const i64 k = 4;
  const double best = 0.5 * sum(square(slice(s, 0, {.start = k}))).item() / n;
  const Tensor pca = slice(vt, 0, {.stop = k});
  Generator g(4);
  const Tensor gram = matmul(transpose(x), x) / n;  // the loss needs no more of the data than this
  Curve excess{"loss above that of PCA", {}, {}}, angle{"sine of the largest angle between the subspaces", {}, {}};
  //! [autoencoder]
  const Variable w1 = parameter(0.1 * randn(g, {64, k}, Dtype::f64));
  const Variable w2 = parameter(0.1 * randn(g, {k, 64}, Dtype::f64));
  for (int step = 0; step <= 1000; ++step) {
    const Variable error = matmul(w1, w2) - Variable(eye(64, -1, Dtype::f64));
    const Variable loss = 0.5 * sum(error * matmul(Variable(gram), error));
    if (step % 25 == 0) {
      const Tensor q = qr(transpose(w2.value()))[0];
      const double cosine = min(svdvals(matmul(pca, q))).item();
      excess.x.push_back(step), angle.x.push_back(step);
      excess.y.push_back(std::max(loss.item() - best, 1e-16));
      angle.y.push_back(std::sqrt(std::max(1 - cosine * cosine, 1e-16)));
    }
    const std::vector<Variable> gradients = grad(loss, {w1, w2});
    w1.set_value(w1.value() - 0.5 * gradients[0].value());
    w2.set_value(w2.value() - 0.5 * gradients[1].value());
  }
  //! [autoencoder]
  run.curves("autoencoder",
             {.title = "A linear autoencoder with four units finds the PCA subspace",
              .x = "step",
              .y = "",
              .log_y = true,
              .tolerance = 0.1},
             {excess, angle});
}

}  // namespace

static void chapter(Run& run) {
  const Dataset data = load_digits();
  squared(run);
  iterations(run);
  gap(run);
  digits(run, data);
  compression(run, data);
  autoencoder(run, data);
}

}  // namespace cadena::tutorials

int main(int argc, char** argv) { return cadena::tutorials::run(argc, argv, "02_pca_svd", cadena::tutorials::chapter); }
