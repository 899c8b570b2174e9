#pragma once

#include <map>
#include <string>

#include "tensor/tensor.h"

namespace cadena {

/// The contents of a safetensors file: named tensors and free text about them.
struct Safetensors {
  std::map<std::string, Tensor> tensors;        ///< by name
  std::map<std::string, std::string> metadata;  ///< the entry "__metadata__", empty if there is none
};

/// Reads a safetensors file (https://github.com/huggingface/safetensors). Integers of every width become i64. The
/// header is checked in full before any tensor is allocated: throws IoError naming the file, the tensor and what is
/// wrong for a file that is missing or truncated, a header that is longer than the file, no valid JSON or not UTF-8, a
/// name or key that comes twice, an unknown dtype, offsets that overlap, leave gaps or do not fit the shape;
/// MemoryError where there is no room for it.
Safetensors load_safetensors(const std::string& path);

/// Writes a safetensors file, as `FileWriter` does: the bytes the Python library writes for the same tensors. Throws
/// IoError, also for what could not be read again: a name that is "__metadata__" or not UTF-8, more than 64 axes, names
/// and metadata that make a header of more than 100,000,000 bytes, the Python library's limit.
void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

}  // namespace cadena
