#pragma once

#include "nn/module.h"
#include "tensor/random.h"

namespace cadena::nn {

/// What a recurrent layer returns: the output of every step (n, t, width), and the state after the last one.
struct Recurrence {
  Variable outputs;  ///< (n, t, width)
  Variable hidden;   ///< (n, width)
  Variable cell;     ///< (n, width), for the LSTM only
};

/// A recurrent layer over sequences x (n, t, in). "weight_input" (gates width, in), "weight_hidden" (gates width,
/// width), "bias_input" and "bias_hidden" (gates width,), all uniform on \f$ \pm 1 / \sqrt{\mathrm{width}} \f$, in
/// PyTorch's layout. States start at zero unless given. One layer, one direction: several are a chain,
/// `second(first(x).outputs)`, and what reads a sequence from its end is a layer of its own,
/// `flip(backward(flip(x, 1)).outputs, 1)`, whose outputs are joined to the others' along axis 2.
class Recurrent : public Module {
 public:
  /// Throws ShapeError unless x is (n, t, in) and a given state (n, width), ValueError for a cell where there is none.
  Recurrence operator()(const Variable& x, const Variable& hidden = {}, const Variable& cell = {}) const;
  std::string description() const override;
  /// Extent of the state.
  i64 width() const { return width_; }

 protected:
  /// `name` must outlive the layer: a literal.
  Recurrent(const char* name, i64 in, i64 width, i64 gates, Generator& generator);

  /// The state between two steps.
  struct State {
    Variable hidden;  ///< (n, width)
    Variable cell;    ///< (n, width), in the LSTM only
  };
  /// One step: `a` is \f$ W_i x + b_i \f$ for this step, `h` is \f$ W_h h + b_h \f$, both (n, gates width).
  virtual State step(const Variable& a, const Variable& h, const State& before) const = 0;
  /// True for a layer whose state has a cell.
  virtual bool has_cell() const { return false; }

  /// Part k of a (n, gates width): (n, width).
  Variable gate(const Variable& a, i64 k) const;

 private:
  Variable start(const char* what, const Variable& given, const Variable& x) const;

  const char* name_;
  i64 in_, width_;
  Variable weight_input_, weight_hidden_, bias_input_, bias_hidden_;
};

/// \f$ h_t = \tanh(W_i x_t + b_i + W_h h_{t-1} + b_h) \f$. Elman, "Finding structure in time", 1990.
class RNN : public Recurrent {
 public:
  /// Throws ValueError unless both widths are positive; so do the layers below.
  RNN(i64 in, i64 width, Generator& generator) : Recurrent("RNN", in, width, 1, generator) {}

 protected:
  State step(const Variable& a, const Variable& h, const State& before) const override;
};

/// Gates i, f, o and candidate g from the same sums: \f$ c_t = f \odot c_{t-1} + i \odot g,\; h_t = o \odot \tanh c_t
/// \f$. Hochreiter & Schmidhuber, "Long short-term memory", 1997.
class LSTM : public Recurrent {
 public:
  /// Throws ValueError unless both widths are positive.
  LSTM(i64 in, i64 width, Generator& generator) : Recurrent("LSTM", in, width, 4, generator) {}

 protected:
  State step(const Variable& a, const Variable& h, const State& before) const override;
  bool has_cell() const override { return true; }
};

/// Gates r, z and candidate \f$ n = \tanh(a_n + r \odot h_n) \f$: \f$ h_t = (1 - z) \odot n + z \odot h_{t-1} \f$. Cho
/// et al., "Learning phrase representations using RNN encoder-decoder", 2014 (in PyTorch's form).
class GRU : public Recurrent {
 public:
  /// Throws ValueError unless both widths are positive.
  GRU(i64 in, i64 width, Generator& generator) : Recurrent("GRU", in, width, 3, generator) {}

 protected:
  State step(const Variable& a, const Variable& h, const State& before) const override;
};

}  // namespace cadena::nn
