#pragma once

namespace cadena::cuda::emulated {

/// The number in environment variable `name`, or `usual` where it is not set. Throws std::invalid_argument that names
/// the variable, what it holds, and the range, where that is no number from `least` to `most`.
double setting(const char* name, double usual, double least, double most);

}  // namespace cadena::cuda::emulated
