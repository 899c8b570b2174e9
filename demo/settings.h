#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tensor/base/device.h"

namespace demo {

/// What the command line asks for.
struct Settings {
  std::filesystem::path out = "out";  ///< figures, reports and checkpoints go here
  std::uint64_t seed = 1;
  cadena::Device device;             ///< where to compute
  std::string text;                  ///< a file for the language model; the project's own pages if empty
  bool fresh = false;                ///< ignore checkpoints
  double effort = 1;                 ///< multiplies the number of training steps
  std::size_t evaluated = SIZE_MAX;  ///< at most so many samples judge generated answers
};

/// What a part of the demo leaves for the report at the end.
struct Result {
  std::string title;
  std::vector<std::string> lines;
  std::vector<std::filesystem::path> files;
  bool finished = false;  ///< false if it was interrupted
};

Result check_gradients(const Settings& settings);
Result classify(const Settings& settings);
Result add_numbers(const Settings& settings);
Result write_text(const Settings& settings);

/// True once Ctrl-C was pressed; training stops after the step that is running.
bool interrupted();

}  // namespace demo
