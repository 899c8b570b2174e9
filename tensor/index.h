#pragma once

#include <concepts>
#include <initializer_list>
#include <span>
#include <variant>

#include "tensor/base/number.h"
#include "tensor/tensor.h"
#include "tensor/views.h"

namespace cadena {

/// Stands for all axes that the other items of an index leave over.
struct Ellipsis {};
/// The item `ellipsis` of an index.
inline constexpr Ellipsis ellipsis{};

/// Makes a new axis of extent 1.
struct NewAxis {};
/// The item `new_axis` of an index.
inline constexpr NewAxis new_axis{};

/// One item between the brackets of NumPy's `x[…]`: a position (its axis disappears), a Range, `ellipsis`, `new_axis`,
/// a tensor of positions (i64), or a mask (bool) over as many axes as it has.
class IndexItem {
 public:
  IndexItem(bool) = delete;  ///< neither a position nor a mask: a mask has at least one axis
  /// A position, a range, `ellipsis`, `new_axis`, or a tensor of positions or a mask. Throws ValueError for an unsigned
  /// position beyond i64.
  template <std::integral T>
  IndexItem(T position) : value_(Number(position).as<i64>()) {}
  IndexItem(Range range) : value_(range) {}
  IndexItem(Ellipsis) : value_(ellipsis) {}
  IndexItem(NewAxis) : value_(new_axis) {}
  IndexItem(Tensor positions) : value_(std::move(positions)) {}

  /// The item if it is a T (i64, Range, Ellipsis, NewAxis, Tensor); null otherwise.
  template <class T>
  const T* get() const {
    return std::get_if<T>(&value_);
  }

  /// Axes of the indexed tensor that this item speaks of.
  int axes() const;

 private:
  std::variant<i64, Range, Ellipsis, NewAxis, Tensor> value_;
};

/// NumPy's `x[items]`: `index(x, {Range{1, 5}, 2, ellipsis, new_axis, mask})`. Items apply to the axes in turn; axes
/// left over at the end are taken whole. Several tensors are broadcast together and read one element for each of theirs
/// (`index(x, {rows, columns})`); they must stand side by side. A view unless there is a tensor.
/// Throws IndexError for a position out of range, for more items than axes, a second ellipsis, tensors apart from each
/// other, or a mask that does not have the extents of its axes; ValueError for a step of 0; ShapeError for tensors that
/// do not broadcast; DtypeError for a tensor that is neither i64 nor bool; DeviceError for one on another device.
Tensor index(const Tensor& x, std::span<const IndexItem> items);
Tensor index(const Tensor& x, std::initializer_list<IndexItem> items);

}  // namespace cadena
