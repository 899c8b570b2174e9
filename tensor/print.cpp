#include "tensor/print.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"

namespace cadena {
namespace {

// NumPy's rules (numpy/core/arrayprint.py): floating values get the fewest digits that identify them, at most
// `precision` after the point; all elements share the width, and the notation: scientific if one is at least 1e8, below
// 1e-4, or the largest is over 1000 times the smallest.

/// One element as text, cut where columns are aligned: "-12", ".5", "e-07". Other words stand in `whole` alone.
struct Word {
  std::string whole;
  std::string fraction;
  std::string exponent;
  bool aligned = false;  // at the decimal point
};

template <class T>
std::string digits(T x, std::chars_format format, int precision) {
  char text[512];
  const auto end = precision < 0 ? std::to_chars(text, text + sizeof text, x, format)
                                 : std::to_chars(text, text + sizeof text, x, format, precision);
  return {text, end.ptr};
}

/// The fewest digits that read back as x in its own dtype; all of them for a whole number with its point in place, so
/// that an f16 shows as 10632, not as 10630, which rounds to it.
template <class T>
std::string shortest(T x, std::chars_format format) {
  if constexpr (std::is_same_v<T, compute_t<T>>) {
    return digits(x, format, -1);
  } else {
    const float value = x;
    if (format == std::chars_format::fixed && std::trunc(value) == value) return digits(value, format, -1);
    for (int count = 0; count < 8; ++count) {
      const std::string text = digits(value, std::chars_format::scientific, count);
      float back = 0;
      std::from_chars(text.data(), text.data() + text.size(), back);
      if (T(back).bits == x.bits) return digits(back, format, -1);
    }
    return digits(value, format, -1);
  }
}

/// A number as `to_chars` writes it, cut into a Word; without zeros at the end of the fraction unless `keep_zeros`.
Word cut(const std::string& text, bool keep_zeros) {
  const std::size_t e = std::min(text.find('e'), text.size());
  const std::size_t point = std::min(text.find('.'), e);
  std::string fraction = point < e ? text.substr(point, e - point) : ".";
  while (!keep_zeros && fraction.back() == '0') fraction.pop_back();
  return Word{text.substr(0, point), fraction, text.substr(e), true};
}

/// x with at most `precision` digits after the point.
template <class T>
Word floating_word(T x, std::chars_format format, int precision) {
  const auto value = static_cast<compute_t<T>>(x);
  if (!std::isfinite(value)) return {std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf", "", "", false};
  Word word = cut(shortest(x, format), false);
  if (static_cast<int>(word.fraction.size()) > precision + 1) word = cut(digits(value, format, precision), false);
  return word;
}

class Printer {
 public:
  Printer(const Tensor& x, const PrintOptions& options)
      : x_(x.view()), options_(options), abbreviated_(x.numel() > options.threshold) {
    if (x.numel() > 0) make_words();
  }

  std::string body(std::size_t indent, std::size_t width) {
    next_ = 0;
    return print(0, indent, width);
  }

 private:
  /// Calls `f(offset)` for each element that is shown, in row-major order.
  template <class F>
  void for_each_shown(int axis, i64 offset, const F& f) const {
    if (axis == x_.rank) return f(offset);
    const i64 extent = x_.shape[axis];
    for (i64 i = 0; i < extent; ++i) {
      if (is_cut(extent) && i == options_.edge_items) i = extent - options_.edge_items;
      for_each_shown(axis + 1, offset + i * x_.strides[axis], f);
    }
  }

  bool is_cut(i64 extent) const { return abbreviated_ && extent - options_.edge_items > options_.edge_items; }

  void make_words() {
    std::vector<Word> words;
    if (x_.dtype == Dtype::boolean) {
      const char* yes = x_.rank == 0 ? "True" : " True";  // as wide as False, also where there is none
      for_each_shown(0, 0, [&](i64 at) { words.push_back({x_.as<bool>()[at] ? yes : "False", "", "", false}); });
    } else if (x_.dtype == Dtype::i64) {
      for_each_shown(0, 0, [&](i64 at) { words.push_back({std::to_string(x_.as<i64>()[at]), "", "", false}); });
    } else {
      by_float("print", x_.dtype, [&]<class T>() { words = floating_words<T>(); });
    }
    align(words);
  }

  template <class T>
  std::vector<Word> floating_words() const {
    const bool scientific = needs_exponent<T>();
    const auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
    std::vector<Word> words;
    std::size_t longest = 1;
    for_each_shown(0, 0, [&](i64 at) {
      words.push_back(floating_word(x_.as<T>()[at], format, options_.precision));
      longest = std::max(longest, words.back().fraction.size());
    });
    if (!scientific) return words;
    std::size_t i = 0;
    for_each_shown(0, 0, [&](i64 at) {  // now all with the digits of the longest
      Word& word = words[i++];
      const auto value = static_cast<compute_t<T>>(x_.as<T>()[at]);
      if (word.aligned && longest > 1) word = cut(digits(value, format, static_cast<int>(longest) - 1), true);
    });
    return words;
  }

  template <class T>
  bool needs_exponent() const {
    double largest = 0;
    double smallest = HUGE_VAL;
    for_each_shown(0, 0, [&](i64 at) {
      const double size = std::abs(static_cast<double>(x_.as<T>()[at]));
      if (!std::isfinite(size) || size == 0) return;
      largest = std::max(largest, size);
      smallest = std::min(smallest, size);
    });
    return largest > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000);
  }

  /// Pads all words to one width, points under points.
  void align(const std::vector<Word>& words) {
    std::size_t left = 0;
    std::size_t right = 0;
    std::size_t exponent = 0;
    for (const Word& word : words) {
      if (!word.aligned) continue;
      left = std::max(left, word.whole.size());
      right = std::max(right, word.fraction.size());
      exponent = std::max(exponent, word.exponent.size());
    }
    std::size_t width = left + right + exponent;
    for (const Word& word : words) width = std::max(width, word.aligned ? 0 : word.whole.size());
    left = width - right - exponent;
    for (const Word& word : words) {
      std::string text = word.whole;
      if (!word.aligned) {
        text.insert(0, width - text.size(), ' ');
      } else {
        text.insert(0, left - text.size(), ' ');
        text += word.fraction;
        text.append(right - word.fraction.size(), ' ');
        if (exponent > 0) text += word.exponent.substr(0, 2);  // "e-", then as many digits as the longest has
        if (exponent > 0) text.append(exponent - word.exponent.size(), '0').append(word.exponent.substr(2));
      }
      words_.push_back(std::move(text));
    }
  }

  /// The brackets of `axis`, whose first character stands in column `indent - 1`; `width` columns may be used.
  std::string print(int axis, std::size_t indent, std::size_t width) {
    if (axis == x_.rank) return words_[next_++];
    const i64 extent = x_.shape[axis];
    const bool cut = is_cut(extent);
    const bool last_axis = axis == x_.rank - 1;
    const std::string margin(indent, ' ');
    std::string text;
    std::string line = margin;
    for (i64 i = 0; i < extent; ++i) {
      const bool dots = cut && i == options_.edge_items;
      const std::string part = dots ? "..." : print(axis + 1, indent + 1, width - 1);
      if (last_axis && line.size() + part.size() > width - 1 && line.size() > indent) {
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
        line = margin;
      }
      line += part;
      if (dots) i = extent - options_.edge_items - 1;
      if (i + 1 == extent) break;
      if (last_axis) {
        line += ", ";
      } else {
        text += line + ',' + std::string(static_cast<std::size_t>(x_.rank - axis - 1), '\n');
        line = margin;
      }
    }
    return '[' + (text + line).substr(indent) + ']';
  }

  View x_;
  PrintOptions options_;
  bool abbreviated_;
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

}  // namespace

std::string to_string(const Tensor& x, const PrintOptions& options) {
  if (options.precision < 0 || options.precision > 300 || options.threshold < 0 || options.edge_items < 1 ||
      options.line_width < 1) {
    fail<ValueError>("print: expected precision in 0 … 300, threshold >= 0, edge_items >= 1 and line_width >= 1, got ",
                     options.precision, ", ", options.threshold, ", ", options.edge_items, " and ", options.line_width);
  }
  if (!x.defined()) return "tensor(undefined)";
  const std::string name = "tensor(";
  const std::string kind = concat("", x.dtype(), ", ", x.device(), ")");
  if (x.numel() == 0) {
    return name + (x.rank() == 1 ? "[], " : concat("[], shape=", x.shape(), ", ")) + kind;
  }
  const auto width = static_cast<std::size_t>(std::max(options.line_width - 1, 2 * x.rank() + 1));
  std::string text = name + Printer(to(x, Device::cpu()), options).body(name.size() + 1, width) + ",";
  const std::size_t last_line = text.size() - (text.rfind('\n') + 1);
  const bool fits = last_line + 1 + kind.size() <= static_cast<std::size_t>(options.line_width);
  text += fits ? ' ' : '\n';
  if (!fits) text.append(name.size(), ' ');
  return text + kind;
}

std::ostream& operator<<(std::ostream& stream, const Tensor& x) { return stream << to_string(x); }

std::ostream& operator<<(std::ostream& stream, const Dims& dims) { return stream << to_string(dims); }

std::ostream& operator<<(std::ostream& stream, Dtype dtype) { return stream << to_string(dtype); }

std::ostream& operator<<(std::ostream& stream, Device device) { return stream << to_string(device); }

}  // namespace cadena
