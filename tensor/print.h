#pragma once

#include <iosfwd>
#include <string>

#include "tensor/tensor.h"

namespace cadena {

/// How much of a tensor is printed, and how.
struct PrintOptions {
  int precision = 8;     ///< digits after the decimal point, at most; shorter where fewer identify the value
  i64 threshold = 1000;  ///< a tensor with more elements is abbreviated …
  i64 edge_items = 3;    ///< … to this many at both ends of each axis
  int line_width = 75;   ///< rows are wrapped before this column
};

/// The values as NumPy prints them, then dtype and device: `tensor([[1. , 2.5], [3. , nan]], f32, cpu)`, with columns
/// aligned, one row a line. An empty tensor shows its shape, one that is not defined says so.
/// Throws ValueError for an option out of range.
std::string to_string(const Tensor& x, const PrintOptions& options = {});

/// Writes `to_string(x)`.
std::ostream& operator<<(std::ostream& stream, const Tensor& x);

/// Writes a shape or strides, `(2, 3)`.
std::ostream& operator<<(std::ostream& stream, const Dims& dims);
/// Writes a dtype, `f32`.
std::ostream& operator<<(std::ostream& stream, Dtype dtype);
/// Writes a device, `cpu`.
std::ostream& operator<<(std::ostream& stream, Device device);

}  // namespace cadena
