#include "nn/embedding.h"

#include "autograd/indexing.h"
#include "tensor/base/error.h"
#include "tensor/indexing.h"

namespace cadena::nn {

Embedding::Embedding(i64 count, i64 width, Generator& generator, double deviation) {
  if (count < 1 || width < 1) fail<ValueError>("Embedding: expected a positive table, got (", count, ", ", width, ")");
  weight_ = add_parameter("weight", normal(generator, {count, width}, 0, deviation));
}

Variable Embedding::forward(const Variable& indices) {
  if (indices.dtype() != Dtype::i64) {
    fail<DtypeError>(description(), ": expected i64 indices, got ", indices.dtype(), " of shape ", indices.shape());
  }
  check_rows(description(), indices.value(), weight_.size(0));
  return index_select(weight_, indices.value(), 0);
}

std::string Embedding::description() const { return concat("Embedding(", weight_.size(0), ", ", weight_.size(1), ")"); }

}  // namespace cadena::nn
