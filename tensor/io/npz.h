#pragma once

#include <map>
#include <string>

#include "tensor/tensor.h"

namespace cadena {

/// True if this build reads and writes `.npz`, which needs libzip.
bool has_npz();

/// Reads every array of NumPy's `.npz`, compressed or not, under its name without ".npy". Throws IoError where
/// `load_npy` would, for a damaged archive or a name that comes twice, and, saying how to get it, without libzip.
std::map<std::string, Tensor> load_npz(const std::string& path);

/// Writes an `.npz`, as `FileWriter` does. Throws IoError, DtypeError for bf16.
void save_npz(const std::string& path, const std::map<std::string, Tensor>& tensors, bool compress = false);

}  // namespace cadena
