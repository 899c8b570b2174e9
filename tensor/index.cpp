#include "tensor/index.h"

#include <vector>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/index_plan.h"
#include "tensor/indexing.h"
#include "tensor/join.h"

namespace cadena {

int IndexItem::axes() const {
  if (get<Ellipsis>() != nullptr || get<NewAxis>() != nullptr) return 0;
  const Tensor* positions = get<Tensor>();
  return positions != nullptr && positions->dtype() == Dtype::boolean ? positions->rank() : 1;
}

namespace {

void check_position(i64 position, int axis, const Shape& shape) {
  if (position >= -shape[axis] && position < shape[axis]) return;
  fail<IndexError>("index: position ", position, " is out of range for axis ", axis, " of shape ", shape);
}

}  // namespace

namespace detail {

int check_items(const Shape& shape, Device device, std::span<const IndexItem> items) {
  int axes = 0;
  int ellipses = 0;
  int groups = 0;
  bool in_group = false;
  for (const IndexItem& item : items) {
    axes += item.axes();
    ellipses += item.get<Ellipsis>() != nullptr;
    const Tensor* positions = item.get<Tensor>();
    groups += positions != nullptr && !in_group;
    in_group = positions != nullptr;
    if (positions == nullptr) continue;
    if (positions->dtype() != Dtype::i64 && positions->dtype() != Dtype::boolean) {
      fail<DtypeError>("index: a tensor of dtype ", positions->dtype(), ", expected i64 positions or a bool mask");
    }
    if (item.axes() == 0) fail<IndexError>("index: a mask of shape (), expected at least one axis");
    if (positions->device() != device) {
      fail<DeviceError>("index: devices differ: ", device, " and ", positions->device());
    }
  }
  if (ellipses > 1) fail<IndexError>("index: more than one ellipsis");
  if (groups > 1) fail<IndexError>("index: tensors must stand side by side");
  if (axes > shape.rank()) fail<IndexError>("index: items for ", axes, " axes, shape is ", shape);
  const int left_over = shape.rank() - axes;
  int axis = 0;
  for (const IndexItem& item : items) {
    if (const i64* position = item.get<i64>()) check_position(*position, axis, shape);
    if (const Range* range = item.get<Range>()) resolve_range("index", *range, shape[axis]);
    axis += item.get<Ellipsis>() != nullptr ? left_over : item.axes();
  }
  return left_over;
}

Positions leading_positions(const Shape& shape, int axis, std::span<const IndexItem> items) {
  std::vector<Tensor> parts;  // one for each axis
  Positions result;
  for (const IndexItem& item : items) {
    const Tensor* positions = item.get<Tensor>();
    if (positions == nullptr) break;
    ++result.items;
    if (positions->dtype() == Dtype::i64) {
      parts.push_back(*positions);
      continue;
    }
    for (int a = 0; a < positions->rank(); ++a) {
      const int at = axis + static_cast<int>(parts.size()) + a;
      if (positions->shape()[a] != shape[at]) {
        fail<IndexError>("index: a mask of shape ", positions->shape(), " on axes ", at - a, " … of shape ", shape);
      }
    }
    for (const Tensor& column : unbind(nonzero(*positions), 1)) parts.push_back(column);
  }
  Shape common = parts[0].shape();  // looked at before they are combined, so that errors name index
  for (const Tensor& part : parts) common = broadcast_shapes("index", common, part.shape());
  result.axes = static_cast<int>(parts.size());
  result.flat = normalize_index("index", parts[0], shape[axis]);
  for (int a = 1; a < result.axes; ++a) {
    const Tensor next = normalize_index("index", parts[static_cast<std::size_t>(a)], shape[axis + a]);
    result.flat = add(mul(result.flat, shape[axis + a]), next);
  }
  return result;
}

}  // namespace detail

Tensor index(const Tensor& x, std::span<const IndexItem> items) { return detail::index_by(x, items); }

Tensor index(const Tensor& x, std::initializer_list<IndexItem> items) {
  return index(x, std::span(items.begin(), items.size()));
}

}  // namespace cadena
