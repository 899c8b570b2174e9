#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/loader.h"

namespace cadena {

/// Characters (Unicode code points) as the integers 0, 1, … in the order of their code points.
class CharTokenizer {
 public:
  /// The alphabet of all characters that `text` (UTF-8) contains. Throws ValueError if it is not UTF-8.
  explicit CharTokenizer(std::string_view text);

  /// Number of tokens.
  i64 size() const { return static_cast<i64>(characters_.size()); }

  /// Every character once: `CharTokenizer(alphabet())` is the same tokenizer, so this is what to save with a model.
  std::string alphabet() const;

  /// (n,), i64, one token a character. Throws ValueError naming a character outside the alphabet.
  Tensor encode(std::string_view text) const;

  /// The text of i64 tokens in row-major order. Throws DtypeError for another dtype, IndexError for an unknown token.
  std::string decode(const Tensor& tokens) const;

 private:
  std::vector<std::string> characters_;
  std::map<std::string, i64, std::less<>> tokens_;
};

/// Windows of `context` tokens starting every `stride` tokens, and the tokens that follow each of theirs: x and y are
/// (count, context), \f$ y_{ij} = x_{i,j+1} \f$. Throws ShapeError unless `tokens` is (n,) with n > context, ValueError
/// for a context or stride below 1.
Dataset text_windows(const Tensor& tokens, i64 context, i64 stride);

/// `count` such windows from random places. Throws as `text_windows`, ValueError for a negative count.
Batch random_windows(const Tensor& tokens, i64 context, i64 count, Generator& generator);

}  // namespace cadena
