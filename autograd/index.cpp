#include "autograd/index.h"

#include "autograd/indexing.h"
#include "autograd/views.h"
#include "tensor/index_plan.h"

namespace cadena {

Variable index(const Variable& x, std::span<const IndexItem> items) { return detail::index_by(x, items); }

Variable index(const Variable& x, std::initializer_list<IndexItem> items) {
  return index(x, std::span(items.begin(), items.size()));
}

}  // namespace cadena
