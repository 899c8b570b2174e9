#pragma once

#include <string>
#include <vector>

namespace cadena::cuda::microscope {

/// Runs a program found in PATH, without a shell, `input` as its standard input; returns what it prints. Throws
/// std::runtime_error that names the program where it is missing or fails.
std::string output_of(const std::vector<std::string>& command, const std::string& input = "");

/// True if a program of this name is in PATH.
bool is_installed(const std::string& program);

}  // namespace cadena::cuda::microscope
