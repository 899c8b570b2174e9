#include "datasets/text.h"

#include <algorithm>

#include "tensor/base/error.h"
#include "tensor/base/utf8.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/io/file.h"

namespace cadena {
namespace {

/// Calls `f(character)` for each character of a UTF-8 text.
template <class F>
void for_each_character(const char* op, std::string_view text, F f) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    if (length == 0) fail<ValueError>(op, ": the text is not UTF-8 at byte ", at);
    f(text.substr(at, length));
    at += length;
  }
}

/// Windows that start at each of `starts`.
Dataset windows_at(const Tensor& tokens, i64 context, const std::vector<i64>& starts) {
  const auto count = static_cast<i64>(starts.size());
  const Tensor source = contiguous(tokens);
  Dataset data{empty({count, context}, Dtype::i64), empty({count, context}, Dtype::i64), {}, {}};
  i64* x = data.x.mutable_data<i64>();
  i64* y = data.y.mutable_data<i64>();
  for (i64 i = 0; i < count; ++i) {
    const i64* first = source.data<i64>() + starts[static_cast<std::size_t>(i)];
    std::copy(first, first + context, x + i * context);
    std::copy(first + 1, first + 1 + context, y + i * context);
  }
  return data;
}

void check_tokens(const char* op, const Tensor& tokens, i64 context) {
  if (tokens.dtype() != Dtype::i64) fail_dtype(op, tokens.dtype(), "i64 for tokens");
  if (context < 1) fail<ValueError>(op, ": expected a context of at least 1, got ", context);
  if (tokens.rank() != 1 || tokens.size(0) <= context) {
    fail<ShapeError>(op, ": expected more than ", context, " tokens in one axis, got shape ", tokens.shape());
  }
}

}  // namespace

CharTokenizer::CharTokenizer(std::string_view text) {
  for_each_character("CharTokenizer", text, [&](std::string_view c) {
    if (!tokens_.contains(c)) tokens_.emplace(c, 0);
  });
  for (auto& [character, token] : tokens_) {  // UTF-8 sorts as code points do
    token = size();
    characters_.push_back(character);
  }
}

std::string CharTokenizer::alphabet() const {
  std::string text;
  for (const std::string& character : characters_) text += character;
  return text;
}

Tensor CharTokenizer::encode(std::string_view text) const {
  std::vector<i64> tokens;
  tokens.reserve(text.size());
  for_each_character("CharTokenizer", text, [&](std::string_view c) {
    const auto at = tokens_.find(c);
    if (at == tokens_.end()) fail<ValueError>("CharTokenizer: '", printable(c), "' is not in the alphabet");
    tokens.push_back(at->second);
  });
  return from_values(std::span<const i64>(tokens), {static_cast<i64>(tokens.size())});
}

std::string CharTokenizer::decode(const Tensor& tokens) const {
  if (tokens.dtype() != Dtype::i64) fail_dtype("CharTokenizer", tokens.dtype(), "i64 for tokens");
  const Tensor list = to(contiguous(tokens), Device::cpu());
  std::string text;
  for (i64 i = 0; i < list.numel(); ++i) {
    const i64 token = list.data<i64>()[i];
    if (token < 0 || token >= size()) {
      fail<IndexError>("CharTokenizer: token ", token, ", expected 0 ... ", size() - 1);
    }
    text += characters_[static_cast<std::size_t>(token)];
  }
  return text;
}

Dataset text_windows(const Tensor& tokens, i64 context, i64 stride) {
  check_tokens("text_windows", tokens, context);
  if (stride < 1) fail<ValueError>("text_windows: expected a stride of at least 1, got ", stride);
  std::vector<i64> starts;
  for (i64 start = 0; start < tokens.size(0) - context; start += stride) starts.push_back(start);
  return windows_at(tokens, context, starts);
}

Batch random_windows(const Tensor& tokens, i64 context, i64 count, Generator& generator) {
  check_tokens("random_windows", tokens, context);
  if (count < 0) fail<ValueError>("random_windows: expected a count of at least 0, got ", count);
  const Tensor starts = randint(generator, {count}, 0, tokens.size(0) - context);
  const i64* first = starts.data<i64>();
  Dataset data = windows_at(tokens, context, std::vector<i64>(first, first + count));
  return {data.x, data.y, 0};
}

}  // namespace cadena
