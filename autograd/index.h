#pragma once

#include <initializer_list>
#include <span>

#include "autograd/variable.h"
#include "tensor/index.h"

namespace cadena {

/// Differentiable form of `tensor/index.h`, composed of slice, select, unsqueeze and index_select.
Variable index(const Variable& x, std::span<const IndexItem> items);
Variable index(const Variable& x, std::initializer_list<IndexItem> items);

}  // namespace cadena
