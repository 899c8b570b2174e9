#pragma once

#include <cstdint>

namespace cadena::cuda::microscope {

/// The memory that an instruction accesses.
enum class Space : uint8_t { global, shared };

/// What an instruction does there.
enum class Operation : uint8_t { load, store, atomic };

/// Sums over the requests of one instruction, or of several.
struct Counts {
  uint64_t requests = 0;          ///< warps that ran the instruction
  uint64_t lanes = 0;             ///< active lanes of these
  uint64_t requested_bytes = 0;   ///< bytes a lane times active lanes
  uint64_t needed_bytes = 0;      ///< the same, but what several lanes of a request ask for counts once
  uint64_t sectors = 0;           ///< global memory: 32-byte sectors
  uint64_t ideal_sectors = 0;     ///< global memory: sectors if the needed bytes lay side by side
  uint64_t wavefronts = 0;        ///< shared memory: passes over the banks
  uint64_t ideal_wavefronts = 0;  ///< shared memory: passes without bank conflicts
  uint64_t serial_passes = 0;     ///< atomics: sum over requests of the most lanes at one address

  /// Bytes that the hardware moves for the requests: whole sectors, or all banks in each wavefront.
  uint64_t moved_bytes() const { return sectors * 32 + wavefronts * 128; }
  /// Wavefronts that only bank conflicts cause.
  uint64_t excess_wavefronts() const { return wavefronts > ideal_wavefronts ? wavefronts - ideal_wavefronts : 0; }

  Counts& operator+=(const Counts& other) {
    requests += other.requests;
    lanes += other.lanes;
    requested_bytes += other.requested_bytes;
    needed_bytes += other.needed_bytes;
    sectors += other.sectors;
    ideal_sectors += other.ideal_sectors;
    wavefronts += other.wavefronts;
    ideal_wavefronts += other.ideal_wavefronts;
    serial_passes += other.serial_passes;
    return *this;
  }
};

}  // namespace cadena::cuda::microscope
