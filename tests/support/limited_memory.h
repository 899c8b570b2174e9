#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace cadena::test {

/// False where limits on the memory of a process have no effect: qemu takes no notice of them.
inline bool memory_can_be_limited() {
  rlimit before, after;
  getrlimit(RLIMIT_AS, &before);
  const rlimit less{before.rlim_cur - 1, before.rlim_max};
  setrlimit(RLIMIT_AS, &less);
  getrlimit(RLIMIT_AS, &after);
  setrlimit(RLIMIT_AS, &before);
  return after.rlim_cur == less.rlim_cur;
}

/// Lets this process have `room` bytes more than it has, none of which malloc still holds from before. For a process
/// that ends with the test.
inline void limit_memory(std::size_t room) {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit limits;
  getrlimit(RLIMIT_AS, &limits);
  limits.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  setrlimit(RLIMIT_AS, &limits);
  void* volatile piece = nullptr;
  do piece = std::malloc(std::size_t{1} << 20);
  while (piece != nullptr);
  limits.rlim_cur += room;
  setrlimit(RLIMIT_AS, &limits);
}

}  // namespace cadena::test
