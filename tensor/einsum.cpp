#include "tensor/einsum.h"

#include <algorithm>
#include <map>
#include <string>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/einsum_plan.h"
#include "tensor/matmul.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

namespace cadena {
namespace detail {
namespace {

constexpr Label kEllipsis = 256;  // the last axis of the ellipsis; those before it have larger numbers

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Reads one equation; keeps what its error messages quote.
class Reader {
 public:
  Reader(std::string_view equation, std::span<const Shape> shapes) : shapes_(shapes) {
    for (char c : equation) {
      if (c != ' ') text_ += c;
    }
  }

  EinsumPlan read() {
    const std::size_t arrow = text_.find("->");
    const std::string left = text_.substr(0, arrow);
    std::vector<std::string> terms{""};
    for (char c : left) {
      if (c == ',') terms.emplace_back();
      else terms.back() += c;
    }
    if (terms.size() != shapes_.size()) {
      refuse(terms.size(), " terms for ", shapes_.size(), shapes_.size() == 1 ? " operand" : " operands");
    }
    EinsumPlan plan;
    for (std::size_t i = 0; i < terms.size(); ++i) plan.inputs.push_back(read_input(terms[i], i));
    plan.output = arrow == std::string::npos ? implied_output() : read_output(text_.substr(arrow + 2));
    return plan;
  }

 private:
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail<ShapeError>("einsum '", text_, "': ", parts...);
  }

  /// The letters of a term, with kEllipsis in place of its ellipsis.
  Labels read_term(const std::string& term) const {
    Labels labels;
    for (std::size_t at = 0; at < term.size(); ++at) {
      if (is_letter(term[at])) {
        labels.push_back(term[at]);
      } else if (term.compare(at, 3, "...") == 0) {
        if (contains(labels, kEllipsis)) refuse("'", term, "' has more than one '...'");
        labels.push_back(kEllipsis);
        at += 2;
      } else {
        refuse("unexpected '", std::string(1, term[at]), "' in '", term, "', expected letters or '...'");
      }
    }
    return labels;
  }

  /// kEllipsis replaced by `count` labels, the last of them kEllipsis.
  static Labels expanded(const Labels& labels, int count) {
    Labels result;
    for (Label label : labels) {
      if (label != kEllipsis) result.push_back(label);
      for (int i = count - 1; label == kEllipsis && i >= 0; --i) result.push_back(kEllipsis + i);
    }
    return result;
  }

  Labels read_input(const std::string& term, std::size_t operand) {
    const Shape& shape = shapes_[operand];
    Labels labels = read_term(term);
    const bool open = contains(labels, kEllipsis);
    const int named = static_cast<int>(labels.size()) - (open ? 1 : 0);
    if (open ? named > shape.rank() : named != shape.rank()) {
      refuse("'", term, "' names ", named, named == 1 ? " axis" : " axes", ", operand ", operand, " has shape ", shape);
    }
    has_ellipsis_ = has_ellipsis_ || open;
    ellipsis_ = std::max(ellipsis_, shape.rank() - named);
    labels = expanded(labels, shape.rank() - named);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const i64 extent = shape[static_cast<int>(i)];
      const auto first = std::find(labels.begin(), labels.end(), labels[i]) - labels.begin();
      if (shape[static_cast<int>(first)] != extent) {
        refuse("'", std::string(1, static_cast<char>(labels[i])), "' is both ", shape[static_cast<int>(first)], " and ",
               extent, " long in operand ", operand, " of shape ", shape);
      }
      note(labels[i], extent, operand);
    }
    return labels;
  }

  /// Remembers that `label` is `extent` long in `operand`, and that it occurred.
  void note(Label label, i64 extent, std::size_t operand) {
    ++occurrences_[label];
    const auto [it, is_new] = extents_.try_emplace(label, extent, operand);
    if (is_new || it->second.first == extent) return;
    if (extent == 1) return;
    if (it->second.first == 1) {
      it->second = {extent, operand};
      return;
    }
    const std::string name =
        label >= kEllipsis ? "an axis of '...'" : concat("'", std::string(1, static_cast<char>(label)), "'");
    refuse(name, " is ", it->second.first, " long in operand ", it->second.second, " and ", extent, " in operand ",
           operand, ": ", shapes_[it->second.second], " and ", shapes_[operand]);
  }

  Labels implied_output() const {
    Labels output = expanded({kEllipsis}, ellipsis_);
    for (const auto& [label, count] : occurrences_) {  // in ASCII order
      if (label < kEllipsis && count == 1) output.push_back(label);
    }
    return output;
  }

  Labels read_output(const std::string& term) const {
    const Labels labels = read_term(term);
    if (contains(labels, kEllipsis) && !has_ellipsis_) refuse("the output has '...', no input has");
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const std::string letter(1, static_cast<char>(labels[i]));
      if (labels[i] == kEllipsis) continue;
      if (!occurrences_.contains(labels[i])) refuse("output axis '", letter, "' occurs in no input");
      if (std::find(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(i), labels[i]) !=
          labels.begin() + static_cast<std::ptrdiff_t>(i)) {
        refuse("output axis '", letter, "' occurs twice");
      }
    }
    return expanded(labels, ellipsis_);
  }

  std::string text_;
  std::span<const Shape> shapes_;
  bool has_ellipsis_ = false;
  int ellipsis_ = 0;  // axes of the longest one
  std::map<Label, int> occurrences_;
  std::map<Label, std::pair<i64, std::size_t>> extents_;  // and the operand that has it
};

}  // namespace

bool contains(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

EinsumPlan plan_einsum(std::string_view equation, std::span<const Shape> shapes) {
  return Reader(equation, shapes).read();
}

}  // namespace detail

Tensor einsum(std::string_view equation, std::span<const Tensor> operands) {
  std::vector<Shape> shapes;
  for (const Tensor& x : operands) shapes.push_back(x.shape());
  return detail::run_einsum(detail::plan_einsum(equation, shapes), operands);
}

Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span(operands.begin(), operands.size()));
}

}  // namespace cadena
