#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace cadena::cuda::microscope {

/// What is wrong with a kernel.
enum class Fault : uint8_t {
  missing_syncthreads,   ///< warps of a block race: __syncthreads is missing between the two places
  missing_syncwarp,      ///< lanes of a warp race: __syncwarp is missing
  race_between_blocks,   ///< blocks race: no order but an atomic or a launch of its own could help
  uninitialised_shared,  ///< reads shared memory that no thread of the block has written
  uninitialised_global,  ///< reads device memory that nobody has written
  out_of_bounds,         ///< accesses device or shared memory outside of an allocation
  host_memory,           ///< accesses memory of the host
  failed_launch,         ///< the emulator has refused the launch or stopped the kernel
};

/// "race between warps: a barrier is missing" and the like.
const char* describe(Fault fault);
/// "missing_syncthreads" and the like, for programs.
const char* identifier(Fault fault);

struct Coordinates {
  unsigned x = 0, y = 0, z = 0;
};

/// One fault at one place, or pair of places, of one kernel: the first time it was seen.
struct Finding {
  Fault fault = Fault::out_of_bounds;
  const void* kernel = nullptr;
  uint64_t place = 0;  ///< return address in the kernel; 0 where it is not known, or `file` and `line` are
  std::string file;
  int line = 0;
  uint64_t other_place = 0;  ///< of the earlier access; 0 where there is none
  Coordinates thread, block;
  int other_thread = -1;     ///< rank in its block
  uint64_t other_block = 0;  ///< rank in the grid
  std::string detail;        ///< for example "write after a read, word 12 of a buffer of 256 bytes"
  uint64_t times = 0;
};

/// The findings so far, each kept once.
class Findings {
 public:
  /// The finding for this fault at these places, in either order; `times` is 0 where it is new, and the caller fills in
  /// the rest.
  Finding& at(Fault fault, const void* kernel, uint64_t place, uint64_t other_place);
  /// A failed launch; one that failed in the same way before is counted.
  void add_failed(const Finding& launch);
  std::vector<Finding> list() const;
  void clear();

 private:
  std::map<std::tuple<Fault, const void*, uint64_t, uint64_t>, Finding> found_;
  std::vector<Finding> failed_;
};

}  // namespace cadena::cuda::microscope
