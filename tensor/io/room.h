#pragma once

#include <cstdint>
#include <new>
#include <stdexcept>
#include <string_view>

#include "tensor/base/error.h"

namespace cadena {

/// What `f()` returns, which makes something of the `bytes` bytes of a file. Throws MemoryError naming the file and
/// what there was no room for where memory is full.
template <class F>
auto with_room(std::string_view file, std::uint64_t bytes, F f) {
  try {
    return f();
  } catch (const MemoryError& error) {
    const std::string_view what = error.what();
    if (what.starts_with(file) && what.find_first_of(":[", file.size()) == file.size()) throw;  // it, or a part of it
    fail<MemoryError>(file, ": ", what);
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {  // a size beyond what any container takes
  }
  fail<MemoryError>(file, ": no room in memory for its ", bytes, " bytes");
}

}  // namespace cadena
