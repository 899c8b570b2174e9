#pragma once

#include "tutorials/support/chapter.h"

namespace cadena::tutorials {

/// Trains a network with one hidden layer on the digits by seven methods and nine learning rates.
void digits(Run& run);

}  // namespace cadena::tutorials
