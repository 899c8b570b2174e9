// Chapter 1: back-propagation. The error of a difference quotient against its step.
#include <cmath>

#include "cadena.h"
#include "tutorials/support/chapter.h"

namespace cadena::tutorials {
namespace {

void step_sizes(Run& run) {
  //! [step-sizes]
  const double x = 1, exact = std::cos(x);
  Curve forward{"forward", {}, {}}, central{"central", {}, {}};
  for (int k = 2; k <= 56; ++k) {
    const double h = std::pow(10, -k / 4.0);
    forward.x.push_back(h), central.x.push_back(h);
    forward.y.push_back(std::abs((std::sin(x + h) - std::sin(x)) / h - exact));
    central.y.push_back(std::abs((std::sin(x + h) - std::sin(x - h)) / (2 * h) - exact));
  }
  //! [step-sizes]
  Curve bound{"bound (1.4)", central.x, {}};
  for (const double h : central.x) bound.y.push_back(h * h / 6 + 0x1p-52 * (1 + x) / h);
  // Where rounding rules, the error is noise of another machine's sin: only its size is compared.
  run.curves("step-sizes",
             {.title = "Error of a difference quotient of sin at 1",
              .x = "step h",
              .y = "error",
              .log_x = true,
              .log_y = true},
             {forward, central, bound});
  const double best = std::cbrt(3 * 0x1p-52 * (1 + x));
  run.section("step-sizes", {.tolerance = 0.5});
  run.print("h        forward    central\n");
  for (std::size_t i = 2; i <= 26; i += 4)
    run.print("{:.0e}    {:.1e}    {:.1e}\n", forward.x[i], forward.y[i], central.y[i]);
  run.value("best-step", best, 1e-6);
}

}  // namespace
}  // namespace cadena::tutorials

int main(int argc, char** argv) {
  return cadena::tutorials::run(argc, argv, "01_backprop", cadena::tutorials::step_sizes);
}
