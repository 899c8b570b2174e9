#pragma once

#include <span>
#include <string>
#include <string_view>

/// What data sheets say of GPUs, and the bound that follows for a kernel.
namespace cadena::cuda::microscope {

/// A GPU as its data sheet describes it (dense rates; those with sparsity are twice as high).
struct Gpu {
  const char* name;        ///< as typed: "h100"
  const char* title;       ///< "H100 SXM"
  int compute_capability;  ///< 90 for 9.0
  int multiprocessors;
  double boost_ghz;
  double f32_tflops;      ///< without tensor cores
  double f64_tflops;      ///< without tensor cores
  double tensor_tflops;   ///< bf16 or f16 operands, f32 sums, dense
  double tf32_tflops;     ///< tf32 operands, dense; 0 where there is no such unit
  double memory_gbps;     ///< GB/s
  int special_per_clock;  ///< special functions a clock and multiprocessor
  const char* source;     ///< where the figures stand

  /// Bytes a second that all multiprocessors together read from shared memory: 128 a clock each.
  double shared_gbps() const { return 128.0 * multiprocessors * boost_ghz; }
};

/// The GPUs there are figures for.
std::span<const Gpu> known_gpus();

/// The GPU called `name`, in any case, without blanks and dashes; throws std::invalid_argument that lists those there
/// are.
const Gpu& find_gpu(std::string_view name);

/// What a launch computes and moves, at least.
struct Work {
  double f32 = 0, f64 = 0, tensor = 0, tf32 = 0, special = 0;  ///< operations
  double memory_bytes = 0;                                     ///< every sector touched, once in each direction
  double wavefronts = 0;                                       ///< of shared memory
};

/// The time that no schedule can beat, by the roofline model (Williams, Waterman and Patterson, Communications of the
/// ACM 52, 2009): each unit alone, and the slowest of them.
struct Bound {
  double arithmetic_us = 0, tensor_us = 0, special_us = 0, memory_us = 0, shared_us = 0;
  double least_us() const;
  /// The unit that needs the most time: "memory", "arithmetic", "tensor cores", "special functions", "shared memory".
  const char* limiter() const;
};

/// The bound of `work` on `gpu`.
Bound bound_of(const Work& work, const Gpu& gpu);

}  // namespace cadena::cuda::microscope
