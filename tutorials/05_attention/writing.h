#pragma once

#include "tutorials/support/chapter.h"

namespace cadena::tutorials {

/// Trains a small GPT on fifteen sonnets, character by character; compares it on two others with models that only
/// count; draws both losses and prints samples.
void learn_to_write(Run& run);

}  // namespace cadena::tutorials
