#pragma once

#include "tensor/index.h"

// How `index` is carried out: shared by tensors and variables.
namespace cadena::detail {

/// Throws what `index` throws unless `items` fit a tensor of this shape and device (what is in tensors of positions and
/// masks is looked at when it is used); the number of axes that the ellipsis stands for.
int check_items(const Shape& shape, Device device, std::span<const IndexItem> items);

/// Throws IndexError, DtypeError or DeviceError naming `take` unless `index` fits the elements of x.
void check_take(const Tensor& x, const Tensor& index);

/// The tensors at the front of `items`, as one tensor of positions on the axes that they speak of, merged to one.
struct Positions {
  Tensor flat;
  int axes = 0;   ///< how many axes are merged
  int items = 0;  ///< how many items were read
};
Positions leading_positions(const Shape& shape, int axis, std::span<const IndexItem> items);

/// Runs through the items with slice, select, unsqueeze and index_select of X.
template <class X>
X index_by(const X& x, std::span<const IndexItem> items) {
  const int left_over = check_items(x.shape(), x.device(), items);
  X y = x;
  int axis = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const IndexItem& item = items[i];
    if (const i64* position = item.get<i64>()) {
      y = select(y, axis, *position);
    } else if (const Range* range = item.get<Range>()) {
      y = slice(y, axis++, *range);
    } else if (item.get<Ellipsis>() != nullptr) {
      axis += left_over;
    } else if (item.get<NewAxis>() != nullptr) {
      y = unsqueeze(y, axis++);
    } else {
      const Positions at = leading_positions(y.shape(), axis, items.subspan(i));
      if (at.axes > 1) {
        Shape merged = y.shape();
        for (int a = 1; a < at.axes; ++a) {
          merged[axis] *= merged[axis + 1];
          merged = merged.without(axis + 1);
        }
        y = reshape(y, merged);
      }
      y = index_select(y, at.flat, axis);
      axis += at.flat.rank();
      i += static_cast<std::size_t>(at.items - 1);
    }
  }
  return y;
}

}  // namespace cadena::detail
