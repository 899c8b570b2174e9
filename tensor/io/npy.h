#pragma once

#include <string>

#include "tensor/io/file.h"
#include "tensor/tensor.h"

namespace cadena {

/// Reads NumPy's `.npy`, versions 1 to 3, C or Fortran order, either byte order. Integers of every width become i64;
/// f16, f32, f64 and bool stay what they are. Throws IoError for a file that is missing, truncated, too long or
/// malformed, or that holds anything else: complex numbers, text, records, pickled objects (never executed);
/// MemoryError where there is no room for it.
Tensor load_npy(const std::string& path);

/// The same from an open source, to its end.
Tensor read_npy(ByteSource& source);

/// Writes version 1 in C order, as `FileWriter` does. Throws DtypeError for bf16, which NumPy does not know, IoError,
/// also for more than 64 axes, NumPy's limit.
void save_npy(const std::string& path, const Tensor& x);

/// What stands before the elements in such a file, padded so that these start at a multiple of 64 bytes. Throws
/// as `save_npy`.
std::string npy_header(const Tensor& x);

}  // namespace cadena
