#include "demo/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "tensor/base/error.h"

namespace demo {

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const std::string file = folder / ".lock";
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  // Another user's can be locked by those who may only read it.
  if (descriptor_ < 0 && errno == EACCES) descriptor_ = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) {
    cadena::fail<cadena::IoError>(file, ": cannot be opened: ", std::generic_category().message(errno));
  }
  // Other errors (ENOLCK, EOPNOTSUPP) mean that there are no locks here.
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close(descriptor_);
    cadena::fail<cadena::IoError>("another demo writes in ", folder.string(),
                                  "; wait for it, or give another folder with --out");
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace demo
