#pragma once

#include <filesystem>
#include <utility>

namespace demo {

/// Keeps a folder for one demo, until the object or the process ends, however it ends. Programs that are started do not
/// inherit it. Where the file system has no locks, nothing is kept.
class FolderLock {
 public:
  /// Locks the file `.lock` in `folder`, which stays behind. Throws cadena::IoError naming the folder if another demo
  /// keeps it, or the file if it cannot be opened.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  int descriptor_;
};

}  // namespace demo
