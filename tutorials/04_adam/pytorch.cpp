#include "tutorials/04_adam/pytorch.h"

#include <cmath>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "cadena.h"

namespace cadena::tutorials {
namespace {

// What PyTorch found, by tests/reference/make_optim.py: two parameters, of shapes (2, 2) and (1,), are stepped along
// gradients that do not depend on them. The second has no gradient in steps t with t mod 7 = 3.
nlohmann::json load_reference() {
  const std::string path = source_file("tests/reference/optim.json");
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  return nlohmann::json::parse(file);
}

std::vector<Variable> two_parameters(const std::vector<double>& values) {
  return {parameter(from_values(std::vector<double>(values.begin(), values.begin() + 4), {2, 2}, Dtype::f64)),
          parameter(from_values(std::vector<double>{values[4]}, {1}, Dtype::f64))};
}

struct Method {
  std::string label, name;  // `name` in the reference
  std::function<std::unique_ptr<Optimizer>(const std::vector<Variable>&)> make;
};

template <class O>
Method method(const std::string& label, const std::string& name, const typename O::Options& options) {
  return {label, name, [options](const std::vector<Variable>& w) { return std::make_unique<O>(w, options); }};
}

double distance(const std::vector<Variable>& w, const std::vector<double>& expected) {
  double largest = 0;
  std::size_t i = 0;
  for (const Variable& x : w)
    for (const double value : x.value().to_vector()) largest = std::max(largest, std::abs(value - expected.at(i++)));
  return largest;
}

}  // namespace

void compare_with_pytorch(Run& run) {
  const nlohmann::json reference = load_reference();
  const std::vector<double> a = reference["start"][0], b = reference["start"][1];
  const std::vector<double> start{a[0], a[1], a[2], a[3], b[0]};
  const std::vector<int> recorded = reference["recorded"];
  const std::vector<Method> methods = {
      method<Sgd>("gradient descent", "sgd", {.learning_rate = 0.05}),
      method<Sgd>("momentum", "sgd_momentum", {.learning_rate = 0.05, .momentum = 0.9}),
      method<Sgd>("Nesterov, penalty", "sgd_nesterov",
                  {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true}),
      method<Adagrad>("AdaGrad", "adagrad", {.learning_rate = 0.1}),
      method<RmsProp>("RMSProp", "rmsprop", {.learning_rate = 0.02}),
      method<Adam>("Adam", "adam", {.learning_rate = 0.02}),
      method<Adam>("Adam, penalty", "adam_options",
                   {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.1}),
      method<Adam>("AMSGrad", "adam_amsgrad", {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.9, .amsgrad = true}),
      method<AdamW>("AdamW", "adamw", {.learning_rate = 0.02}),
  };
  run.section("pytorch", {.tolerance = 1e-2});
  run.print("{:<18}{:>10}{:>10}{:>10}{:>10}{:>10}{:>12}\n", "after step", 1, 2, 3, 10, 100, "way to 100");
  for (const auto& [label, name, make] : methods) {
    const std::vector<Variable> w = two_parameters(start);
    const auto optimizer = make(w);
    run.print("{:<18}", label);
    std::size_t row = 0;
    for (int t = 1; t <= 100; ++t) {
      const std::vector<double> g = reference["gradients"][static_cast<std::size_t>(t - 1)];
      std::vector<Variable> gradients = two_parameters(g);
      if (t % 7 == 3) gradients[1] = Variable();
      optimizer->step(gradients);
      if (recorded.at(row) != t) continue;
      const std::vector<double> expected = reference["trajectories"][name][row++];
      if (t <= 3 || t == 10 || t == 100) run.print("{:>10.1e}", distance(w, expected));
    }
    run.print("{:>12.2f}\n", distance(w, start));
  }
  run.print("largest distance of a parameter from PyTorch {}'s, f64\n",
            reference["versions"]["torch"].get<std::string>());
}

}  // namespace cadena::tutorials
