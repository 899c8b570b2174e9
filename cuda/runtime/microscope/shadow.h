#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/runtime/microscope/counts.h"
#include "cuda/runtime/microscope/warp_clock.h"

/// Shadow memory: for every word that a kernel can reach, who last wrote it, who read it since, and when.
///
/// Time is counted in *epochs*. A new one begins with each block and at each barrier of a block; as blocks run one
/// after another, an epoch names its block too. Two accesses to a word, one of them a write, race unless something
/// orders them.
namespace cadena::cuda::microscope {

/// One access, as remembered by a word. Epoch 0: there was none.
struct Touch {
  uint32_t epoch = 0;
  uint32_t site = 0;
  uint16_t thread = 0;  // rank in its block
  uint16_t step = 0;    // of its lane, see WarpClock
};

/// The shadow of one word (4 bytes), or of one byte of a word that is accessed in parts.
struct Cell {
  Touch write;
  Touch read;            // the last one
  uint32_t readers = 0;  // lanes of its warp that read without order between them
  int32_t parts = -1;    // number of the four cells of the bytes, or -1
  bool initialised = false;
  bool atomic = false;          // the last write was atomic
  bool several_warps = false;   // warps of one block have read since the last barrier
  bool several_blocks = false;  // blocks of this launch have read
};

/// Who accesses now, and what is done before.
struct Now {
  uint32_t launch_epoch = 1;  // the first one of the running launch
  uint32_t block_epoch = 1;   // the first one of the running block
  uint32_t epoch = 1;
  int thread = 0;
  const WarpClock* warp = nullptr;
  /// The last epoch of each block of this launch that a fence and an atomic have ordered before the running block.
  const std::vector<uint32_t>* ordered_blocks = nullptr;
  /// The first epoch of each block of this launch that has begun.
  const std::vector<uint32_t>* block_epochs = nullptr;
};

/// The rank of the block that `epoch` of the running launch belongs to.
size_t block_of_epoch(const Now& now, uint32_t epoch);

/// Two accesses that nothing orders.
struct Race {
  enum class Kind : uint8_t { none, write_after_write, read_after_write, write_after_read };
  /// How far apart the two threads are, which tells what should have ordered them.
  enum class Between : uint8_t { lanes_of_a_warp, warps_of_a_block, blocks };
  Kind kind = Kind::none;
  Between between = Between::blocks;
  Touch earlier;
};

/// What an access found out about the bytes it touches.
struct Verdict {
  Race race;
  bool uninitialised = false;
};

/// How long what was written stays: shared memory is a new one for each block.
enum class Lifetime : uint8_t { allocation, block };

/// The shadow of one allocation, or of the shared memory of the blocks that run one after another.
class Shadow {
 public:
  Shadow(size_t bytes, Lifetime lifetime) : lifetime_(lifetime), cells_(bytes / 4 + 1), sectors_(bytes / 32 + 1) {}

  /// Checks the access of `bytes` bytes at `offset` against what went before, then remembers it.
  Verdict access(size_t offset, unsigned bytes, Operation operation, uint32_t site, const Now& now);
  /// The host has written `bytes` bytes at `offset`.
  void initialise(size_t offset, size_t bytes);
  /// Marks the sectors of an access; returns how many of them this launch had not touched before, in this direction.
  unsigned touch_sectors(size_t offset, unsigned bytes, bool write, uint32_t launch_epoch);

 private:
  struct Sector {
    uint32_t read = 0, written = 0;  // the last launch's first epoch
  };
  std::array<Cell, 4>& split(Cell& cell);

  Lifetime lifetime_;
  std::vector<Cell> cells_;
  std::vector<std::array<Cell, 4>> parts_;
  std::vector<Sector> sectors_;
};

}  // namespace cadena::cuda::microscope
