#pragma once

#include <optional>

#include "nn/module.h"
#include "tensor/random.h"

namespace cadena::nn {

/// Options of `Embedding`.
struct EmbeddingOptions {
  double deviation = 1;  ///< of the normal distribution that the table is drawn from
  /// The row that stands for nothing, where sequences are filled up to one length; a negative one counts from the end.
  /// It begins with zeros, and no gradient flows to it.
  std::optional<i64> padding_index = {};
};

/// A table of vectors: i64 indices (…) -> (…, width), with "weight" (count, width), initially normal.
class Embedding : public Layer {
 public:
  /// What the constructor takes.
  using Options = EmbeddingOptions;

  /// Throws ValueError unless `count` and `width` are positive and the table has the row `padding_index`.
  Embedding(i64 count, i64 width, Generator& generator, const Options& options = {});

  /// Throws IndexError for an index outside 0 … count - 1, DtypeError unless indices are i64.
  Variable forward(const Variable& indices) override;
  std::string description() const override;

  /// The table, (count, width).
  const Variable& weight() const { return weight_; }

 private:
  std::optional<i64> padding_index_;  // 0 … count - 1
  Variable weight_;
};

}  // namespace cadena::nn
