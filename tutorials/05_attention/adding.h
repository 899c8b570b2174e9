#pragma once

#include "tutorials/support/chapter.h"

namespace cadena::tutorials {

/// Trains a small GPT on sums of two numbers below 100, draws its loss, one attention matrix, and the singular values
/// of its attention matrices.
void learn_to_add(Run& run);

}  // namespace cadena::tutorials
