#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "demo/lock.h"
#include "tensor/base/device.h"

namespace demo {

constexpr double kLeastEffort = 0.001, kMostEffort = 1000;

/// What the command line asks for.
struct Settings {
  std::filesystem::path out = "out";  ///< figures, reports and checkpoints go here
  std::uint64_t seed = 1;
  cadena::Device device;             ///< where to compute
  std::string text;                  ///< what the language model learns from, see `load_text`
  bool fresh = false;                ///< ignore checkpoints
  double effort = 1;                 ///< multiplies the number of training steps
  std::size_t evaluated = SIZE_MAX;  ///< at most so many samples judge generated answers

  /// The training steps where `full` are meant for effort 1; at least one.
  std::int64_t steps(std::int64_t full) const;
};

/// The text of `file`, of the project's own pages if `file` is empty. Throws cadena::IoError if it cannot be read,
/// cadena::ValueError if it is not UTF-8 or too short to learn from, cadena::MemoryError where there is no room for it.
std::string load_text(const std::filesystem::path& file);

/// Makes the folder `settings.out` and those the demo needs below it, and keeps them for this demo alone as long as the
/// result lives: two would take each other's checkpoints. Throws cadena::IoError naming what is in the way.
[[nodiscard]] FolderLock make_folders(const Settings& settings);
std::filesystem::path figure_folder(const Settings& settings);
std::filesystem::path checkpoint_folder(const Settings& settings);

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

}  // namespace demo
