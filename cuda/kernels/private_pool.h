#pragma once

#include <cstddef>
#include <map>
#include <memory>

namespace cadena::cuda {

/// Device memory for work that is recorded and replayed: a block keeps its address, and what is given back is handed
/// out again to what comes later in the same order of work, in a replay as in the recording. Lives as long as somebody
/// holds it or one of its blocks, whichever ends later.
class PrivatePool : public std::enable_shared_from_this<PrivatePool> {
 public:
  PrivatePool() = default;
  ~PrivatePool();
  PrivatePool(const PrivatePool&) = delete;
  PrivatePool& operator=(const PrivatePool&) = delete;

  /// The smallest free block that is not more than twice too large; a new one where there is none. Throws CudaError.
  void* take(std::size_t bytes);

  /// Gives a block back to the pool it came from; false if it came from none.
  static bool give_back(void* data) noexcept;

 private:
  std::multimap<std::size_t, void*> free_;  // by size
};

}  // namespace cadena::cuda
