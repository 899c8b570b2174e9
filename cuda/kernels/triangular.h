#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// x into y where column <= row + diagonal in the last two axes, 0 elsewhere.
void tril(const View& y, const View& x, i64 diagonal);

/// x into y where column >= row + diagonal, 0 elsewhere.
void triu(const View& y, const View& x, i64 diagonal);

}  // namespace cadena::cuda
