#include "nn/dropout.h"

#include "autograd/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/base/philox.h"
#include "tensor/copy.h"
#include "tensor/random_state.h"

namespace cadena::nn {

Dropout::Dropout(double p, Generator& generator) : p_(p) {
  if (!(p >= 0 && p < 1)) fail<ValueError>("Dropout: expected a probability in [0, 1), got ", p);
  const auto words = philox(generator.seed(), generator.next_stream(), 0);
  random_ = add_buffer("random", Generator(std::uint64_t{words[1]} << 32 | words[0]).state());
}

Variable Dropout::forward(const Variable& x) {
  if (!is_training() || p_ == 0) return x;
  const Drawn keep = bernoulli(cadena::to(random_.value(), x.device()), x.shape(), 1 - p_, x.dtype());
  random_.set_value(keep.state);
  return x * Variable(keep.values) / (1 - p_);  // rounded once: 1 / (1 - p) in bf16 would move the expectation
}

std::string Dropout::description() const { return concat("Dropout(", p_, ")"); }

}  // namespace cadena::nn
