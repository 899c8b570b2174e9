#pragma once

#include <array>
#include <cstdint>

/// What one memory instruction of one warp costs.
///
/// A warp that runs a load or store sends one *request*: up to 32 addresses, one for each active lane. The hardware
/// moves global memory in *sectors* of 32 bytes, and reads shared memory in *wavefronts*, each of which takes at most
/// one word from each of 32 banks. The cost of a request follows from its addresses alone, which is why it can be
/// counted without a GPU.
namespace cadena::cuda::microscope {

inline constexpr int kLanes = 32;
inline constexpr unsigned kSectorBytes = 32;
inline constexpr unsigned kBanks = 32;
inline constexpr unsigned kBankBytes = 4;

/// The addresses that the lanes of a warp access with one instruction; those of lanes not in `lanes` mean nothing.
struct Request {
  uint32_t lanes = 0;
  std::array<uint64_t, kLanes> address{};
};

/// A request to global memory.
struct GlobalCost {
  unsigned sectors = 0;        ///< 32-byte sectors that hold a byte asked for
  unsigned ideal_sectors = 0;  ///< what as many bytes would need if they lay side by side: ceil(needed_bytes / 32)
  unsigned needed_bytes = 0;   ///< bytes asked for, those that several lanes ask for counted once
};

/// Counts the sectors of a request for `bytes` (1 to 16) a lane.
GlobalCost cost_in_global_memory(const Request& request, unsigned bytes);

/// A request to shared memory.
struct SharedCost {
  unsigned wavefronts = 0;        ///< passes over the banks
  unsigned ideal_wavefronts = 0;  ///< passes without bank conflicts
  unsigned needed_bytes = 0;      ///< bytes asked for, those that several lanes ask for counted once
};

/// Counts the wavefronts of a request for `bytes` (1 to 16) a lane. Lanes that read the same 4-byte word share it;
/// words of one bank that differ need a wavefront each. Accesses of 8 bytes go by half warps, of 16 bytes by quarter
/// warps, so that no more than 128 bytes are asked for at a time.
SharedCost cost_in_shared_memory(const Request& request, unsigned bytes);

/// The most lanes that ask for one and the same address: how often an atomic instruction has to be repeated where the
/// hardware updates an address by one lane at a time.
unsigned most_lanes_at_one_address(const Request& request);

}  // namespace cadena::cuda::microscope
