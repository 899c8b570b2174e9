#include <cstring>
#include <string>

#include "cuda/runtime/emulated/api.h"
#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/function_table.h"
#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/kernel_launch.h"
#include "cuda/runtime/emulated/pool.h"
#include "cuda/runtime/emulated/runner.h"
#include "cuda/runtime/emulated/state.h"
#include "cuda/runtime/emulated/stream_queue.h"
#include "cuda/runtime/emulated/symbols.h"

/// From cudaLaunchKernelEx to a grid of blocks: limits, arguments, the run, and the report where it fails.
namespace cadena::cuda::emulated {

int blocks_of_cluster(const cudaLaunchConfig_t& config) {
  for (unsigned i = 0; i < config.numAttrs; ++i) {
    const cudaLaunchAttribute& attribute = config.attrs[i];
    if (attribute.id != cudaLaunchAttributeClusterDimension) continue;
    return attribute.val.clusterDim.y == 1 && attribute.val.clusterDim.z == 1 ? int(attribute.val.clusterDim.x) : 0;
  }
  return 1;
}

namespace {

std::string triple(const uint3& at) {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

/// `what [kernel k, block (0,0,0), thread (3,0,0), file:line]`
std::string diagnose(const Failure& failure, const void* kernel) {
  std::string text = failure.what + " [kernel " + short_name(kernel) + ", block " + triple(failure.block) +
                     ", thread " + triple(failure.coordinates);
  if (failure.site.file != nullptr) {
    text += std::string(", ") + failure.site.file + ":" + std::to_string(failure.site.line);
  } else if (const std::string line = source_line(failure.place); !line.empty()) {
    text += ", " + line;
  } else if (failure.place != nullptr) {
    text += ", " + program_offset(failure.place);
  }
  return text + "]";
}

/// The limit of the device that a launch exceeds, or empty.
std::string exceeded(const cudaLaunchConfig_t& config, const void* kernel, cudaError_t& code) {
  const dim3 &grid = config.gridDim, &block = config.blockDim;
  code = cudaErrorInvalidConfiguration;
  if (block.x == 0 || block.y == 0 || block.z == 0) return "a block of no threads: " + triple(block);
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return "a grid of no blocks: " + triple(grid);
  if (block.x > 1024 || block.y > 1024 || block.z > 64) {
    return "block " + triple(block) + " exceeds the device's limit (1024,1024,64)";
  }
  if (uint64_t(block.x) * block.y * block.z > kMaxThreads) {
    return std::to_string(uint64_t(block.x) * block.y * block.z) + " threads a block exceed the device's limit of 1024";
  }
  if (grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) {
    return "grid " + triple(grid) + " exceeds the device's limit (2147483647,65535,65535)";
  }
  const size_t fixed = static_shared_bytes(kernel), limit = dynamic_shared_limit(kernel);
  if (const int cluster = blocks_of_cluster(config); cluster != 1) {
    if (cluster < 1 || cluster > kMaxCluster || grid.x % unsigned(cluster) != 0) {
      return "a cluster of " + std::to_string(cluster) + " blocks; it has 1 to " + std::to_string(kMaxCluster) +
             ", and the grid's " + std::to_string(grid.x) + " in x are whole clusters";
    }
    const uint64_t threads = uint64_t(block.x) * block.y * block.z;
    if (hooks || threads % kWarpSize != 0 || threads * unsigned(cluster) > kMaxThreads || fixed != 0) {
      code = cudaErrorNotSupported;
      return "the emulator runs clusters of whole warps, of 1024 threads at most, without static shared memory, "
             "and not under the microscope";
    }
  }
  code = cudaErrorInvalidValue;
  if (fixed > kUsualSharedBytes) {
    return std::to_string(fixed) + " bytes of static shared memory exceed the limit of " +
           std::to_string(kUsualSharedBytes) + ", beyond which nvcc compiles no kernel: make it dynamic";
  }
  if (config.dynamicSmemBytes > limit) {
    return std::to_string(config.dynamicSmemBytes) + " bytes of dynamic shared memory, beside " +
           std::to_string(fixed) + " of static, exceed the limit of " + std::to_string(limit) +
           (limit + fixed < kMaxSharedBytes ? " (raise it by cudaFuncAttributeMaxDynamicSharedMemorySize, to " +
                                                  std::to_string(kMaxSharedBytes - fixed) + " at most)"
                                            : "");
  }
  return {};
}

/// Tells the observer, if there is one, of a launch that fails before its kernel runs.
void report_refused_launch(const void* kernel, const std::string& what) {
  if (hooks) hooks->fail({kernel, what.c_str(), nullptr, 0, nullptr, {0, 0, 0}, {0, 0, 0}});
}

/// What has been written just outside of the buffers that the kernel's arguments point into, or empty. A few bytes
/// there can be written without a fault; that the arguments hold a pointer is seen by its value.
std::string overrun_of_arguments(const KernelLaunch& launch) {
  for (size_t offset = 0; offset + sizeof(void*) <= launch.argument_bytes; offset += sizeof(void*)) {
    const void* word = nullptr;
    std::memcpy(&word, static_cast<const char*>(launch.arguments) + offset, sizeof word);
    if (!is_device_memory(word)) continue;
    if (std::string overrun = arena_overrun(word); !overrun.empty()) return overrun;
  }
  return {};
}

}  // namespace

cudaError_t run_kernel(const KernelLaunch& launch) {
  cudaLaunchConfig_t config{};
  config.gridDim = launch.grid;
  config.blockDim = launch.block;
  config.dynamicSmemBytes = launch.shared_bytes;
  if (hooks) hooks->kernel_begin(launch.kernel, config);
  Failure failure;
  const bool done = run_grid(launch, failure);
  if (hooks) hooks->kernel_end();
  if (done) {
    const std::string overrun = hooks == nullptr ? overrun_of_arguments(launch) : std::string();
    if (overrun.empty()) return cudaSuccess;
    lose_context(cudaErrorIllegalAddress, "out of bounds, found when the kernel was done: " + overrun + " [kernel " +
                                              short_name(launch.kernel) + "]");
    return cudaErrorIllegalAddress;
  }
  if (hooks) {
    hooks->fail({launch.kernel, failure.what.c_str(), failure.site.file, failure.site.line, failure.place,
                 failure.coordinates, failure.block});
  }
  lose_context(failure.code, diagnose(failure, launch.kernel));
  return failure.code;
}

cudaError_t submit(const cudaLaunchConfig_t& config, const Body& body) {
  if (sticky_error() != cudaSuccess) return report(cudaSuccess);
  cudaError_t code = cudaSuccess;
  if (const std::string limit = exceeded(config, body.kernel, code); !limit.empty()) {
    report_refused_launch(body.kernel, limit);
    return refuse(code, limit + " [kernel " + short_name(body.kernel) + "]");
  }
  if (in_kernel()) {
    const std::string text = "a kernel launches a kernel, which the emulator does not run";
    report_refused_launch(body.kernel, text);
    return refuse(cudaErrorNotSupported, text);
  }
  for (int i = 0; i < body.pointer_count; ++i) {
    if (!is_foreign_pointer(body.pointers[i])) continue;
    const std::string text = "argument " + std::to_string(i) + " is a pointer to host memory";
    report_refused_launch(body.kernel, text);
    lose_context(cudaErrorIllegalAddress, text + " [kernel " + short_name(body.kernel) + "]");
    return report(cudaErrorIllegalAddress);
  }
  const KernelLaunch launch{body.kernel,        body.run,
                            body.arguments,     config.gridDim,
                            config.blockDim,    config.dynamicSmemBytes,
                            next_order(),       blocks_of_cluster(config),
                            body.argument_bytes};
  return report(submit_kernel(config.stream, launch, body));
}

}  // namespace cadena::cuda::emulated
