#include "nn/embedding.h"

#include "autograd/compare.h"
#include "autograd/indexing.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/copy.h"
#include "tensor/indexing.h"
#include "tensor/views.h"

namespace cadena::nn {

Embedding::Embedding(i64 count, i64 width, Generator& generator, const Options& options)
    : padding_index_(options.padding_index) {
  if (count < 1 || width < 1) fail<ValueError>("Embedding: expected a positive table, got (", count, ", ", width, ")");
  const Tensor table = normal(generator, {count, width}, 0, options.deviation);
  if (padding_index_) {
    if (*padding_index_ < -count || *padding_index_ >= count) {
      fail<ValueError>("Embedding: padding_index is ", *padding_index_, ", expected a row of (", count, ", ", width,
                       ")");
    }
    if (*padding_index_ < 0) *padding_index_ += count;
    fill(select(table, 0, *padding_index_), 0);
  }
  weight_ = add_parameter("weight", table);
}

Variable Embedding::forward(const Variable& indices) {
  if (indices.dtype() != Dtype::i64) {
    fail<DtypeError>(description(), ": expected i64 indices, got ", indices.dtype(), " of shape ", indices.shape());
  }
  check_rows(description(), indices.value(), weight_.size(0));
  const Variable rows = index_select(weight_, indices.value(), 0);
  if (!padding_index_) return rows;
  const Tensor is_padding = unsqueeze(eq(indices.value(), *padding_index_), -1);
  return where(is_padding, rows.detach(), rows);  // the value passes on, and nothing flows back
}

std::string Embedding::description() const {
  const std::string padding = padding_index_ ? concat(", padding ", *padding_index_) : "";
  return concat("Embedding(", weight_.size(0), ", ", weight_.size(1), padding, ")");
}

}  // namespace cadena::nn
