#pragma once

#include "nn/module.h"
#include "tensor/random.h"

namespace cadena::nn {

/// A table of vectors: i64 indices (…) -> (…, width), with "weight" (count, width), initially normal.
class Embedding : public Layer {
 public:
  /// Throws ValueError unless `count` and `width` are positive.
  Embedding(i64 count, i64 width, Generator& generator, double deviation = 1);

  /// Throws IndexError for an index outside 0 … count - 1, DtypeError unless indices are i64.
  Variable forward(const Variable& indices) override;
  std::string description() const override;

  /// The table, (count, width).
  const Variable& weight() const { return weight_; }

 private:
  Variable weight_;
};

}  // namespace cadena::nn
