#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/runtime/microscope/counts.h"
#include "cuda/runtime/microscope/request.h"

namespace cadena::cuda::microscope {

/// One instruction that accesses memory, told apart by the address it returns to and by what it does there (cp.async
/// reads one memory and writes the other).
struct Site {
  uint64_t place = 0;
  Space space = Space::global;
  Operation operation = Operation::load;
  unsigned bytes = 0;
  uint64_t buffer = 0;  ///< where the buffer begins that it accessed last; 0 for shared memory
  Counts counts;

  // Requests that are not complete yet. The lanes of a warp run one after another: the k-th time a lane comes here
  // belongs to request k.
  std::vector<Request> open;
  size_t open_count = 0;
  std::array<uint32_t, kLanes> visits{};
};

/// All instructions met so far, and the requests being put together for the running warp.
class Sites {
 public:
  Sites();
  /// The number of the instruction that returns to `place`; a new one where it is seen for the first time.
  uint32_t find(uint64_t place, Space space, Operation operation, unsigned bytes);
  /// Adds the access of `lane` to the request it belongs to.
  void record(uint32_t site, int lane, uint64_t address);
  /// The running warp is left or its lanes have met: counts all open requests.
  void close_requests();

  Site& operator[](uint32_t site) { return sites_[site]; }
  const Site& operator[](uint32_t site) const { return sites_[site]; }
  size_t size() const { return sites_.size(); }

 private:
  void grow();
  static void close(Site& site);

  std::vector<Site> sites_;
  std::vector<uint32_t> slots_;  // hash table of numbers plus one; 0 is free
  std::vector<uint32_t> touched_;
};

}  // namespace cadena::cuda::microscope
