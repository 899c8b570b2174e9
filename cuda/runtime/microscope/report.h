#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cuda/runtime/microscope/arithmetic.h"
#include "cuda/runtime/microscope/counts.h"
#include "cuda/runtime/microscope/findings.h"
#include "cuda/runtime/microscope/gpu.h"
#include "cuda/runtime/microscope/occupancy.h"
#include "cuda/runtime/microscope/symbols.h"

/// What the microscope has seen, in terms of the source.
namespace cadena::cuda::microscope {

/// All instructions of one kernel that do the same at the same place of the source.
struct MemoryLine {
  Place place;
  Space space = Space::global;
  Operation operation = Operation::load;
  unsigned bytes = 0;         ///< a lane
  unsigned instructions = 0;  ///< copies of the line in the machine code: unrolled loops have several
  Counts counts;

  double per_request(uint64_t count) const {
    return counts.requests == 0 ? 0 : double(count) / double(counts.requests);
  }
};

/// What one line of the source computes.
struct ArithmeticLine {
  Place place;
  Arithmetic arithmetic;
  uint64_t tensor = 0, tf32 = 0;  ///< operations of the tensor cores
};

/// All launches of one kernel.
struct KernelReport {
  std::string name;
  uint64_t launches = 0;
  Coordinates grid, block;  ///< of the last launch
  size_t shared_bytes = 0;  ///< dynamic shared memory of the last launch
  std::vector<MemoryLine> memory;
  std::vector<ArithmeticLine> arithmetic;

  Arithmetic operations;
  uint64_t tensor = 0, tf32 = 0;
  uint64_t tensor_instructions = 0;                ///< of warps
  uint64_t barriers = 0;                           ///< summed over blocks
  uint64_t sectors_read = 0, sectors_written = 0;  ///< of different addresses: the least that memory has to move

  std::optional<Resources> resources;  ///< empty where nvcc was not asked
  std::optional<Occupancy> occupancy;
  Bound bound;  ///< all launches together, on Report::gpu

  /// Floating-point operations of all units, without special functions.
  uint64_t flop() const { return operations.f32 + operations.f64 + tensor + tf32; }
  /// The least number of bytes between the chip and its memory: every sector once in each direction.
  uint64_t memory_bytes() const { return (sectors_read + sectors_written) * 32; }
  /// Sums over the lines of one memory.
  Counts total(Space space) const;
};

/// A finding with its places.
struct FindingReport {
  Finding finding;
  std::string kernel;
  Place place;
  Place other;  ///< line 0 where there is none
};

/// Everything.
struct Report {
  std::vector<KernelReport> kernels;
  std::vector<FindingReport> findings;
  std::vector<std::string> remarks;  ///< what could not be found out, and why
  const Gpu* gpu = nullptr;

  /// The report on the kernel whose name is, or begins with, `name`; throws std::out_of_range that lists all names.
  const KernelReport& kernel(const std::string& name) const;
};

/// What a report shall tell.
struct ReportOptions {
  std::string gpu = "h200";
  std::string nvcc_source;  ///< a file to ask nvcc for registers about; empty: do not
  std::vector<std::string> nvcc_flags;
};

/// The report on everything since the program began, or since the last reset(). Throws std::invalid_argument for a GPU
/// that is not known.
Report make_report(const ReportOptions& options = {});

/// Forgets all counts and findings.
void reset();

}  // namespace cadena::cuda::microscope
