#pragma once

#include <cstdint>

namespace cadena::cuda::emulated {

/// A place in the source. As a default argument it is the caller's: this is how `__syncthreads()` learns its line.
struct Site {
  const char* file;
  int line;
  static constexpr Site here(const char* file_name = __builtin_FILE(), int line_number = __builtin_LINE()) {
    return {file_name, line_number};
  }
  bool operator==(const Site& other) const { return line == other.line && file == other.file; }
};

}  // namespace cadena::cuda::emulated
