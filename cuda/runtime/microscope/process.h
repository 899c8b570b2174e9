#pragma once

#include <string>
#include <vector>

namespace cadena::cuda::microscope {

/// Runs a program found in PATH, without a shell, `input` as its standard input; returns what it prints. Throws
/// std::runtime_error that names the program where it is missing, fails, or has not ended after `seconds`: then it and
/// all that it has started are stopped.
std::string output_of(const std::vector<std::string>& command, const std::string& input = "", double seconds = 600);

/// True if a program of this name is in PATH.
bool is_installed(const std::string& program);

}  // namespace cadena::cuda::microscope
