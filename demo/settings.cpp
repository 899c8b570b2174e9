#include "demo/settings.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <system_error>

#include "datasets/text.h"
#include "tensor/base/error.h"
#include "tensor/io/file.h"
#include "tensor/io/room.h"

namespace demo {
namespace {

namespace fs = std::filesystem;

/// A tenth is held out, and must be longer than the model's context of 64.
constexpr cadena::i64 kFewestCharacters = 1000;

/// The project's own pages, in a fixed order.
std::string own_pages() {
  const char* root = std::getenv("CADENA_ROOT");
  const fs::path base = root != nullptr ? fs::path(root) : fs::path(CADENA_SOURCE_DIR);
  std::vector<fs::path> pages;
  for (const char* folder : {".", "docs", "tutorials"}) {
    if (!fs::is_directory(base / folder)) continue;
    for (auto it = fs::recursive_directory_iterator(base / folder); it != fs::recursive_directory_iterator(); ++it) {
      if (it->is_directory() && std::string(folder) == ".") it.disable_recursion_pending();
      if (it->is_regular_file() && it->path().extension() == ".md") pages.push_back(it->path());
    }
  }
  std::sort(pages.begin(), pages.end());
  std::string text;
  for (const fs::path& page : pages) text += cadena::read_file(page.string());
  return text;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) cadena::fail<cadena::IoError>(folder.string(), ": cannot be made: ", error.message());
  if (access(folder.c_str(), W_OK) != 0) {
    cadena::fail<cadena::IoError>(folder.string(), ": may not be written: ", std::generic_category().message(errno));
  }
}

}  // namespace

std::int64_t Settings::steps(std::int64_t full) const {
  return std::max<std::int64_t>(1, std::llround(effort * static_cast<double>(full)));
}

std::string load_text(const fs::path& file) {
  const std::string name = file.empty() ? "the project's pages" : file.string();
  std::string text = file.empty() ? own_pages() : cadena::read_file(name);
  cadena::i64 characters = 0;
  try {
    characters = cadena::with_room(name, text.size(), [&] { return cadena::CharTokenizer(text).encode(text).numel(); });
  } catch (const cadena::ValueError& error) {
    cadena::fail<cadena::ValueError>(name, ": ", error.what());
  }
  if (characters < kFewestCharacters) {
    cadena::fail<cadena::ValueError>(name, ": ", characters,
                                     " characters are too few to learn from, expected at least ", kFewestCharacters);
  }
  return text;
}

FolderLock make_folders(const Settings& settings) {
  const fs::path& out = settings.out;
  std::error_code error;
  if (fs::exists(out, error) && !fs::is_directory(out, error)) {
    cadena::fail<cadena::IoError>(out.string(), ": is a file, expected a folder");
  }
  make_folder(out);
  FolderLock lock(out);  // before the rest, which a demo that is ending removes
  make_folder(figure_folder(settings));
  make_folder(checkpoint_folder(settings));
  return lock;
}

fs::path figure_folder(const Settings& settings) { return settings.out / "figures"; }

fs::path checkpoint_folder(const Settings& settings) { return settings.out / "checkpoints"; }

}  // namespace demo
