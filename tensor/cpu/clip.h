#pragma once

#include "tensor/base/view.h"

namespace cadena::cpu {

/// The p-norm of all elements, summed in f64 over blocks that do not depend on the number of threads.
double vector_norm(const View& x, double p);

}  // namespace cadena::cpu
