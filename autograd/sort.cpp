#include "autograd/sort.h"

#include "autograd/indexing.h"
#include "tensor/sort.h"

namespace cadena {

SortedVariable sort(const Variable& x, int axis, bool descending) {
  Tensor indices = argsort(x.value(), axis, descending);
  return {gather(x, indices, axis), indices};
}

SortedVariable topk(const Variable& x, i64 k, int axis, bool largest) {
  Tensor indices = topk(x.value(), k, axis, largest).indices;
  return {gather(x, indices, axis), indices};
}

}  // namespace cadena
