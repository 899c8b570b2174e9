#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cadena::cuda::microscope {

/// What a kernel takes of a multiprocessor, as nvcc reports it.
struct Resources {
  int registers = 0;         ///< a thread
  size_t shared_bytes = 0;   ///< static shared memory a block
  size_t spilled_bytes = 0;  ///< local memory for registers that did not fit, stores and loads
};

/// How many warps a multiprocessor holds at once.
struct Occupancy {
  int blocks = 0;  ///< resident on a multiprocessor
  int warps = 0;
  int most_warps = 0;        ///< that a multiprocessor can hold
  const char* limiter = "";  ///< "registers", "shared memory", "threads" or "blocks"
  double fraction() const { return most_warps == 0 ? 0 : double(warps) / most_warps; }
};

/// The occupancy of a kernel with `threads` a block and `dynamic_bytes` of dynamic shared memory, by the rules of the
/// CUDA C++ Programming Guide, "Technical Specifications per Compute Capability". Empty where the capability (ten times
/// major plus minor) is not known here.
std::optional<Occupancy> occupancy_of(const Resources& resources, int threads, size_t dynamic_bytes, int capability);

/// Reads `nvcc -Xptxas -v`: kernel (mangled name) to its resources.
std::map<std::string, Resources> parse_ptxas_report(const std::string& text);

/// Compiles `source` by nvcc for a compute capability, into nothing, and reads what ptxas reports. Throws
/// std::runtime_error that says why where there is no nvcc (looked for in PATH, in CUDA_HOME and in its usual folder),
/// where it rejects the source, and where it takes longer than CADENA_MICROSCOPE_NVCC_SECONDS (60; 0: it is not asked).
std::map<std::string, Resources> ask_nvcc(const std::string& source, const std::vector<std::string>& flags,
                                          int capability);

}  // namespace cadena::cuda::microscope
