#pragma once

#include <cmath>

#include "tensor/attention.h"

// What attention of tensors and of variables share.
namespace cadena::detail {

/// The factor of the scores for queries of `depth` elements: \f$ 1 / \sqrt D \f$ unless given, 1 without depth.
inline double attention_scale(const AttentionOptions& options, i64 depth) {
  return options.scale.value_or(depth == 0 ? 1 : 1 / std::sqrt(static_cast<double>(depth)));
}

}  // namespace cadena::detail
