#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cuda/runtime/microscope/shadow.h"

namespace cadena::cuda::microscope {

/// A piece of memory that kernels share, with its shadow.
struct Memory {
  uint64_t begin = 0;
  uint64_t bytes = 0;
  std::unique_ptr<Shadow> shadow;

  bool holds(uint64_t address, unsigned count) const {
    return address - begin < bytes && address + count - begin <= bytes;
  }
};

/// What an address means to a kernel.
enum class Region : uint8_t {
  own,       ///< the thread's stack (registers and local memory of a GPU), or a built-in variable
  global,    ///< a buffer of device memory
  shared,    ///< shared memory of the block
  outside,   ///< device memory or dynamic shared memory, but outside of what was allocated
  constant,  ///< variables of the program: __constant__ memory, literals
  host,      ///< anything else
};

/// Tells the kinds of memory apart.
class AddressSpace {
 public:
  /// Device memory, all of it within an arena.
  void add_buffer(uint64_t begin, uint64_t bytes, uint64_t arena, uint64_t arena_bytes);
  void remove_buffer(uint64_t begin);
  /// The buffer of `address`, or null.
  Memory* find_buffer(uint64_t address);
  /// The buffer that begins last before `address`: the one an access has run off; null where there is none.
  const Memory* buffer_before(uint64_t address) const;

  /// A block begins on this OS thread: where its threads' stacks and its dynamic shared memory lie.
  void enter_block(uint64_t stacks, uint64_t stack_bytes, uint64_t dynamic, uint64_t dynamic_bytes);

  /// Finds the running OS thread's storage, and the program's own code and variables.
  void find_thread_storage();

  /// Classifies an access. `memory` is set for global and shared; `hint` is a guess of the buffer, and
  /// becomes the one found.
  Region classify(uint64_t address, unsigned bytes, int& hint, Memory*& memory);
  /// Whether `address` lies in the code or the variables of the program or of a library of it.
  bool is_program(uint64_t address) const;

 private:
  struct Range {
    uint64_t begin = 0, bytes = 0;
    bool holds(uint64_t address) const { return address - begin < bytes; }
  };

  std::vector<Memory> buffers_;  // by address
  Range arena_, stacks_;
  Memory dynamic_;
  Range near_dynamic_;           // the room for the largest dynamic shared memory there can be
  std::vector<Memory> statics_;  // thread-local storage of each module: `__shared__` variables
  std::vector<Range> builtins_;  // threadIdx, the compiler's guards and so on, which lie there too; by address
  std::vector<Range> programs_;  // code and variables
  const void* thread_ = nullptr;
};

}  // namespace cadena::cuda::microscope
