#pragma once

#include "tutorials/support/chapter.h"

namespace cadena::tutorials {

/// Two moons, classified by a network on the scalar engine: sections, and the figure of the boundary.
void moons(Run& run);

}  // namespace cadena::tutorials
