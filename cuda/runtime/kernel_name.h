#pragma once

#include <string>

namespace cadena::cuda {

/// The name of a kernel as it is written in the source, "softmax_rows<float>", from the address of its function.
std::string kernel_name(const void* kernel);

}  // namespace cadena::cuda
