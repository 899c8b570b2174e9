#include "nn/recurrent.h"

#include "autograd/join.h"
#include "autograd/views.h"
#include "tensor/base/error.h"
#include "tests/nn/reference.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

/// The layer from zero and from a given state against PyTorch.
void expect_pytorch(const std::string& name, nn::Recurrent& layer, bool has_cell) {
  const support::Run run = [&](const std::vector<Variable>& in) {
    const nn::Recurrence out = layer(in[0], in.size() > 1 ? in[1] : Variable(), in.size() > 2 ? in[2] : Variable());
    EXPECT_EQ(out.cell.defined(), has_cell);
    return has_cell ? std::vector{out.outputs, out.hidden, out.cell} : std::vector{out.outputs, out.hidden};
  };
  support::expect_pytorch(name, layer, run);
  support::expect_pytorch(name + "_from_state", layer, run);
}

TEST(Recurrent, GivesPyTorchsValuesAndGradients) {
  Generator generator(1);
  nn::RNN rnn(3, 2, generator);
  nn::LSTM lstm(3, 2, generator);
  nn::GRU gru(3, 2, generator);
  expect_pytorch("rnn", rnn, false);
  expect_pytorch("lstm", lstm, true);
  expect_pytorch("gru", gru, false);
}

/// A layer in both directions, as nn/recurrent.h says to write it.
struct BothWays : nn::Module {
  nn::LSTM forward, backward;

  BothWays(i64 in, i64 width, Generator& generator) : forward(in, width, generator), backward(in, width, generator) {
    add("forward", forward);
    add("backward", backward);
  }
  Variable operator()(const Variable& x) {
    return concat({forward(x).outputs, flip(backward(flip(x, 1)).outputs, 1)}, 2);
  }
};

struct TwoLayers : nn::Module {
  BothWays first, second;

  explicit TwoLayers(Generator& generator) : first(3, 2, generator), second(4, 2, generator) {
    add("first", first);
    add("second", second);
  }
};

TEST(Recurrent, LayersAndDirectionsAreChained) {
  Generator generator(1);
  TwoLayers layers(generator);
  support::expect_pytorch("lstm_both_ways", layers, [&](const std::vector<Variable>& in) {
    return std::vector{layers.second(layers.first(in[0]))};
  });
}

TEST(Recurrent, ContinuesFromTheStateOfTheFirstHalf) {
  Generator generator(2);
  nn::LSTM lstm(3, 2, generator);
  lstm.to(Dtype::f64);
  const Variable x(pattern({2, 6, 3}));
  const nn::Recurrence whole = lstm(x);
  const nn::Recurrence first = lstm(slice(x, 1, {.stop = 4}));
  const nn::Recurrence second = lstm(slice(x, 1, {.start = 4}), first.hidden, first.cell);
  expect_values(second.hidden.value(), whole.hidden.value());
  expect_values(second.cell.value(), whole.cell.value());
  expect_values(second.outputs.value(), slice(whole.outputs, 1, {.start = 4}).value());
}

TEST(Recurrent, AnEmptySequenceLeavesTheState) {
  Generator generator(3);
  nn::GRU gru(3, 2, generator);
  const Variable start(ones({4, 2}));
  const nn::Recurrence out = gru(Variable(zeros({4, 0, 3})), start);
  EXPECT_EQ(out.outputs.shape(), (Shape{4, 0, 2}));
  expect_values(out.hidden.value(), start.value());
}

TEST(Recurrent, NamesItselfAndTheShapeItCannotTake) {
  Generator generator(4);
  nn::GRU gru(3, 2, generator);
  const Variable x(zeros({2, 4, 3}));
  EXPECT_EQ(message_of<ShapeError>([&] {
              gru(Variable(zeros({2, 3})));
            }),
            "GRU(3, 2): expected (n, t, 3), got shape (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              gru(x, Variable(zeros({1, 2})));
            }),
            "GRU(3, 2): expected a hidden state of shape (2, 2), got (1, 2)");
  EXPECT_EQ(message_of<ValueError>([&] { gru(x, {}, Variable(zeros({2, 2}))); }), "GRU(3, 2): there is no cell state");
  EXPECT_EQ(message_of<ValueError>([&] { nn::LSTM(3, 0, generator); }), "LSTM: expected positive widths, got 3 and 0");
}

}  // namespace
}  // namespace cadena
