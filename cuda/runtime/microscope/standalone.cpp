/// For a program that shall be looked at as a whole: the report when it ends. Linked into what `cadena microscope
/// FILE.cu` compiles; the environment says what to write (docs/microscope.md).
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "cuda/runtime/microscope/output.h"

namespace {

/// The exit status becomes 3 where there are findings, and 2 where the report cannot be made.
struct AtEnd {
  ~AtEnd() {
    int status = 3;
    try {
      if (cadena::cuda::microscope::write_outputs(cadena::cuda::microscope::outputs_from_environment())) return;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      status = 2;
    }
    std::fflush(nullptr);
    std::_Exit(status);
  }
} at_end;

}  // namespace
