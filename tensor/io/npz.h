#pragma once

#include <map>
#include <string>

#include "tensor/tensor.h"

namespace cadena {

/// True if this build reads and writes `.npz`, which needs libzip.
bool has_npz();

/// Reads every array of NumPy's `.npz`, compressed or not, under its name without ".npy". Throws IoError where
/// `load_npy` would, for a damaged archive, a name that comes twice or, as libzip takes no such name, one with both
/// control characters and letters beyond ASCII, and, saying how to get it, without libzip; MemoryError where there is
/// no room for it.
std::map<std::string, Tensor> load_npz(const std::string& path);

/// Writes an `.npz`, as `FileWriter` does. Throws IoError, DtypeError for bf16, as `save_npy` does, and IoError for a
/// name that is not UTF-8, holds control characters, or has more than 65,531 bytes.
void save_npz(const std::string& path, const std::map<std::string, Tensor>& tensors, bool compress = false);

}  // namespace cadena
