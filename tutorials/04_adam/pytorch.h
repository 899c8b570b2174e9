// The library's optimizers beside PyTorch's, along the same gradients.
#pragma once

#include "tutorials/support/chapter.h"

namespace cadena::tutorials {

/// Prints, for each method of the chapter, how far its parameters are from PyTorch's after some of 100 steps.
void compare_with_pytorch(Run& run);

}  // namespace cadena::tutorials
