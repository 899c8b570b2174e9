#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tensor/base/shape.h"

// How an einsum equation is read, and how its operands are contracted: shared by `einsum` of tensors and of variables.
namespace cadena::detail {

/// The name of an axis: a letter, or a number above all letters for an axis of the ellipsis, counted from its last.
using Label = int;
using Labels = std::vector<Label>;

struct EinsumPlan {
  std::vector<Labels> inputs;  ///< one label for each axis of each operand
  Labels output;
};

/// Reads `equation` for operands of these shapes. Throws ShapeError as `einsum` does.
EinsumPlan plan_einsum(std::string_view equation, std::span<const Shape> shapes);

bool contains(const Labels& labels, Label label);

/// A tensor or variable whose axes have names.
template <class X>
struct Named {
  X value;
  Labels labels;

  i64 extent(Label label) const { return value.shape()[position(label)]; }
  int position(Label label) const {
    int i = 0;
    while (labels[static_cast<std::size_t>(i)] != label) ++i;
    return i;
  }
  Shape extents(const Labels& of) const {
    Shape shape = Shape::filled(static_cast<int>(of.size()), 1);
    for (std::size_t i = 0; i < of.size(); ++i) shape[static_cast<int>(i)] = extent(of[i]);
    return shape;
  }
};

/// x with its axes in the order of `labels`, which has the same ones.
template <class X>
X arranged(const Named<X>& x, const Labels& labels) {
  if (labels == x.labels) return x.value;
  std::vector<int> order;
  for (Label label : labels) order.push_back(x.position(label));
  return permute(x.value, Axes(std::span<const int>(order)));
}

/// The diagonal over axes of one name, until every name is unique: x_ii becomes x_i.
template <class X>
Named<X> without_repeats(Named<X> x) {
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    for (std::size_t j = i + 1; j < x.labels.size(); ++j) {
      if (x.labels[i] != x.labels[j]) continue;
      std::vector<int> order;
      Labels rest;
      for (std::size_t k = 0; k < x.labels.size(); ++k) {
        if (k == i || k == j) continue;
        order.push_back(static_cast<int>(k));
        rest.push_back(x.labels[k]);
      }
      order.insert(order.end(), {static_cast<int>(i), static_cast<int>(j)});
      rest.push_back(x.labels[i]);
      return without_repeats(Named<X>{diagonal(permute(x.value, Axes(std::span<const int>(order)))), rest});
    }
  }
  return x;
}

/// x summed over the axes whose name is not in `kept`.
template <class X>
Named<X> summed_to(const Named<X>& x, const Labels& kept) {
  Labels rest;
  Shape ones = x.value.shape();
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    if (contains(kept, x.labels[i])) rest.push_back(x.labels[i]);
    else ones[static_cast<int>(i)] = 1;
  }
  if (rest.size() == x.labels.size()) return x;
  return {reshape(sum_to(x.value, ones), x.extents(rest)), rest};
}

/// x without axes of extent 1 that broadcast to a longer one.
template <class X>
Named<X> without_broadcast(const Named<X>& x, const std::vector<Named<X>>& all) {
  Labels rest;
  for (Label label : x.labels) {
    bool stretched = false;
    for (const Named<X>& other : all) {
      stretched = stretched || (x.extent(label) == 1 && contains(other.labels, label) && other.extent(label) != 1);
    }
    if (!stretched) rest.push_back(label);
  }
  return rest.size() == x.labels.size() ? x : Named<X>{reshape(x.value, x.extents(rest)), rest};
}

/// The product of a and b summed over the names that they share and `kept` lacks.
template <class X>
Named<X> contract(const Named<X>& a, const Named<X>& b, const Labels& kept) {
  Labels batch, inner, rows, columns;
  for (Label label : a.labels) {
    if (!contains(b.labels, label)) rows.push_back(label);
    else if (contains(kept, label)) batch.push_back(label);
    else inner.push_back(label);
  }
  for (Label label : b.labels) {
    if (!contains(a.labels, label)) columns.push_back(label);
  }
  const auto joined = [](Labels first, const Labels& second, const Labels& third) {
    first.insert(first.end(), second.begin(), second.end());
    first.insert(first.end(), third.begin(), third.end());
    return first;
  };
  const Labels named = joined(batch, rows, columns);
  Shape shape = Shape::filled(static_cast<int>(named.size()), 1);
  for (std::size_t i = 0; i < named.size(); ++i) {
    shape[static_cast<int>(i)] = contains(a.labels, named[i]) ? a.extent(named[i]) : b.extent(named[i]);
  }
  const X left = arranged(a, joined(batch, rows, inner));
  if (inner.empty()) {  // (batch, rows, 1) * (batch, 1, columns)
    Shape padded = a.extents(joined(batch, rows, {}));
    for (std::size_t i = 0; i < columns.size(); ++i) padded = padded.with_inserted(padded.rank(), 1);
    Shape spread = b.extents(joined(batch, columns, {}));
    for (std::size_t i = 0; i < rows.size(); ++i) spread = spread.with_inserted(static_cast<int>(batch.size()), 1);
    return {mul(reshape(left, padded), reshape(arranged(b, joined(batch, columns, {})), spread)), named};
  }
  const X right = arranged(b, joined(batch, inner, columns));
  const i64 k = a.extents(inner).numel();
  Shape left_shape{a.extents(rows).numel(), k};
  Shape right_shape{k, b.extents(columns).numel()};
  if (!batch.empty()) {
    left_shape = left_shape.with_inserted(0, a.extents(batch).numel());
    right_shape = right_shape.with_inserted(0, left_shape[0]);
  }
  return {reshape(matmul(reshape(left, left_shape), reshape(right, right_shape)), shape), named};
}

/// Throws DtypeError if a product of masks is asked for.
template <class X>
void check_numbers(std::span<const X> operands) {
  for (const X& x : operands) {
    if (x.dtype() != Dtype::boolean) return;
  }
  if (operands.size() > 1) fail_dtype("einsum", Dtype::boolean, "numbers, `cast` makes them so");
}

/// Carries out a plan.
template <class X>
X run_einsum(const EinsumPlan& plan, std::span<const X> operands) {
  check_numbers(operands);
  std::vector<Named<X>> all;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    all.push_back(without_repeats(Named<X>{operands[i], plan.inputs[i]}));
  }
  std::vector<Named<X>> terms;
  for (const Named<X>& x : all) terms.push_back(without_broadcast(x, all));

  Named<X> product = terms[0];
  for (std::size_t i = 1; i <= terms.size(); ++i) {
    Labels needed = plan.output;  // by the result or by a later operand
    for (std::size_t j = i + 1; j < terms.size(); ++j) {
      needed.insert(needed.end(), terms[j].labels.begin(), terms[j].labels.end());
    }
    if (i == terms.size()) {
      product = summed_to(product, needed);
      break;
    }
    const auto with = [&](const Labels& labels) {
      Labels both = needed;
      both.insert(both.end(), labels.begin(), labels.end());
      return both;
    };
    const Named<X> left = summed_to(product, with(terms[i].labels));
    const Named<X> right = summed_to(terms[i], with(product.labels));
    product = contract(left, right, needed);
  }
  return arranged(product, plan.output);
}

}  // namespace cadena::detail
