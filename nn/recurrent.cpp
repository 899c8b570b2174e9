#include "nn/recurrent.h"

#include <cmath>
#include <vector>

#include "autograd/activation.h"
#include "autograd/arithmetic.h"
#include "autograd/join.h"
#include "autograd/linear.h"
#include "autograd/trigonometric.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"

namespace cadena::nn {

Recurrent::Recurrent(const char* name, i64 in, i64 width, i64 gates, Generator& generator)
    : name_(name), in_(in), width_(width) {
  if (in < 1 || width < 1) fail<ValueError>(name, ": expected positive widths, got ", in, " and ", width);
  const double bound = 1 / std::sqrt(static_cast<double>(width));
  const auto draw = [&](const Shape& shape) { return uniform(generator, shape, -bound, bound); };
  weight_input_ = add_parameter("weight_input", draw({gates * width, in}));
  weight_hidden_ = add_parameter("weight_hidden", draw({gates * width, width}));
  bias_input_ = add_parameter("bias_input", draw({gates * width}));
  bias_hidden_ = add_parameter("bias_hidden", draw({gates * width}));
}

Variable Recurrent::start(const char* what, const Variable& given, const Variable& x) const {
  const Shape expected{x.size(0), width_};
  if (!given.defined()) return Variable(zeros(expected, x.dtype(), x.device()));
  if (given.shape() != expected) {
    fail<ShapeError>(description(), ": expected a ", what, " of shape ", expected, ", got ", given.shape());
  }
  return given;
}

Recurrence Recurrent::operator()(const Variable& x, const Variable& hidden, const Variable& cell) const {
  if (x.rank() != 3 || x.size(2) != in_) {
    fail<ShapeError>(description(), ": expected (n, t, ", in_, "), got shape ", x.shape());
  }
  if (cell.defined() && !has_cell()) fail<ValueError>(description(), ": there is no cell state");
  State state{start("hidden state", hidden, x), has_cell() ? start("cell state", cell, x) : Variable()};
  const Variable from_input = linear(x, weight_input_, bias_input_);  // all steps in one product
  std::vector<Variable> outputs;
  for (const Variable& a : unbind(from_input, 1)) {
    state = step(a, linear(state.hidden, weight_hidden_, bias_hidden_), state);
    outputs.push_back(state.hidden);
  }
  if (outputs.empty())
    return {Variable(zeros({x.size(0), 0, width_}, x.dtype(), x.device())), state.hidden, state.cell};
  return {stack(outputs, 1), state.hidden, state.cell};
}

std::string Recurrent::description() const { return concat(name_, "(", in_, ", ", width_, ")"); }

Variable Recurrent::gate(const Variable& a, i64 k) const {
  return slice(a, 1, {.start = k * width_, .stop = (k + 1) * width_});
}

Recurrent::State RNN::step(const Variable& a, const Variable& h, const State&) const { return {tanh(a + h), {}}; }

Recurrent::State LSTM::step(const Variable& a, const Variable& h, const State& before) const {
  const Variable sums = a + h;
  const Variable i = sigmoid(gate(sums, 0)), f = sigmoid(gate(sums, 1));
  const Variable g = tanh(gate(sums, 2)), o = sigmoid(gate(sums, 3));
  const Variable c = f * before.cell + i * g;
  return {o * tanh(c), c};
}

Recurrent::State GRU::step(const Variable& a, const Variable& h, const State& before) const {
  const Variable r = sigmoid(gate(a, 0) + gate(h, 0));
  const Variable z = sigmoid(gate(a, 1) + gate(h, 1));
  const Variable n = tanh(gate(a, 2) + r * gate(h, 2));
  return {n + z * (before.hidden - n), {}};
}

}  // namespace cadena::nn
