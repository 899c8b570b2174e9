#pragma once

#include <string>
#include <vector>

namespace demo {

/// What a program left behind.
struct Outcome {
  std::string output, errors;  ///< what it wrote to stdout and to stderr
  std::string failure;  ///< why it did not do its work: "gnuplot is missing", "dot: exit status 1"; empty if it did
};

/// Runs a program of PATH to its end, without input. It gets a process group of its own, so that Ctrl-C at the terminal
/// reaches this process alone, as it would if no program ran. Throws cadena::IoError if the system has no room for
/// pipes or processes.
Outcome run_program(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace demo
