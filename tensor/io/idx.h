#pragma once

#include <optional>
#include <string>

#include "tensor/tensor.h"

namespace cadena {

/// Reads an IDX file, the format of MNIST: 0, 0, a type, the rank, the extents and the elements, all big-endian.
/// Integers become i64, or what `dtype` says. Throws IoError for a file that is missing, compressed, truncated or too
/// long, or has another magic number; MemoryError where there is no room for it.
Tensor load_idx(const std::string& path, std::optional<Dtype> dtype = std::nullopt);

/// Writes an IDX file, as `FileWriter` does: bool and i64 in 0 … 255 as bytes, i64 within 32 bits as such, f32 and f64
/// as they are. Throws DtypeError for other dtypes, IoError for larger integers or more than 255 axes.
void save_idx(const std::string& path, const Tensor& x);

}  // namespace cadena
