#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/microscope/address_space.h"
#include "cuda/runtime/microscope/block_order.h"
#include "cuda/runtime/microscope/blocks.h"
#include "cuda/runtime/microscope/findings.h"
#include "cuda/runtime/microscope/sites.h"

namespace cadena::cuda::microscope {

/// Operations of the tensor cores at one place.
struct TensorOperations {
  uint64_t half = 0;  ///< with operands of 2 bytes
  uint64_t tf32 = 0;
  uint64_t instructions = 0;  ///< of warps
};

/// What all launches of one kernel have done.
struct KernelCounts {
  uint64_t launches = 0;
  Coordinates grid, block;  // of the last launch
  size_t shared_bytes = 0;  // dynamic shared memory of the last launch
  uint64_t threads = 0;
  uint64_t blocks_run = 0;  ///< of all launches
  uint64_t barriers = 0;    ///< of whole blocks
  std::map<uint32_t, Counts> sites;
  std::unordered_map<uint64_t, uint64_t> blocks;   // basic blocks, by the address they begin at
  std::map<uint64_t, TensorOperations> tensor;     // by place
  uint64_t sectors_read = 0, sectors_written = 0;  // different ones, summed over launches
};

/// Receives all that kernels do: from the emulator by its hooks, from the instrumented code by the __tsan_* functions.
/// All blocks run on one OS thread, one after another.
class Observer {
 public:
  static Observer& instance();

  void begin_kernel(const void* kernel, const cudaLaunchConfig_t& config);
  void end_kernel();
  void fail_launch(const emulated::FailedLaunch& launch);
  void begin_block(uint64_t block, int threads, uint64_t dynamic, uint64_t dynamic_bytes, uint64_t stacks,
                   uint64_t stack_bytes);
  void end_block();
  void set_thread(int thread);
  void leave_warp() { sites_.close_requests(); }
  void warp_sync(int warp, uint32_t mask);
  void block_sync();
  void fence();
  void tensor_core(int operations, bool tf32, uint64_t place);
  void allocate(uint64_t memory, uint64_t bytes, uint64_t arena, uint64_t arena_bytes);
  void release(uint64_t memory) { space_.remove_buffer(memory); }
  void host_write(uint64_t memory, uint64_t bytes);

  /// The running thread accesses memory; `place` is the return address in the kernel.
  void access(uint64_t address, unsigned bytes, Operation operation, uint64_t place);
  /// The basic block that begins at `place` runs.
  void count_block(uint64_t place) {
    if (is_running_) blocks_.count(place);
  }

  /// For code that nobody trusts: until this is called with null, an instrumented access to anything but device memory,
  /// shared memory, a thread's stack and constants fails the kernel before it happens; outside of kernels, where the
  /// stack above `frame` and device memory are closed too, it ends the program. So does a launch of what is no function
  /// of the namespace `kernels`: an address that was computed.
  void forbid_other_memory(const void* frame, std::string_view kernels = {}) {
    if (frame != nullptr) space_.find_thread_storage();
    frame_ = reinterpret_cast<uintptr_t>(frame);
    kernels_of_ = kernels;
  }

  const std::map<const void*, KernelCounts>& kernels() const { return kernels_; }
  const Sites& sites() const { return sites_; }
  const Findings& findings() const { return findings_; }
  /// Forgets counts and findings, not what is allocated and initialised.
  void reset();

 private:
  void count_access(uint64_t address, unsigned bytes, Operation operation, uint64_t place);
  void check(const Verdict& verdict, Space space, uint64_t place, const Memory& memory, uint64_t offset,
             unsigned bytes);
  Finding& find(Fault fault, uint64_t place, uint64_t other_place);
  [[noreturn]] void out_of_bounds(uint64_t address, unsigned bytes, Operation operation, uint64_t place,
                                  const Memory* dynamic);

  void check_host_code(uint64_t address, unsigned bytes, Operation operation);
  [[noreturn]] static void end_program(const std::string& why);
  [[noreturn]] void fail(const char* what, uint64_t place);
  void forbid(uint64_t place, Operation operation);
  void record(uint32_t site, uint64_t address);

  bool is_running_ = false;  // a thread of a kernel runs
  bool is_inside_ = false;   // an access is being counted
  bool is_told_ = false;     // a finding says why the kernel fails
  uint64_t frame_ = 0;       // see forbid_other_memory
  std::string_view kernels_of_;
  Sites sites_;
  AddressSpace space_;
  std::array<int, 64> hints_{};  // the buffer that the instructions of a slot accessed last
  BlockCounter blocks_;
  BlockOrder order_;
  Findings findings_;
  std::map<const void*, KernelCounts> kernels_;

  const void* kernel_ = nullptr;
  KernelCounts* counts_ = nullptr;
  uint64_t block_ = 0;
  uint32_t next_epoch_ = 1;
  Now now_;
  std::vector<uint32_t> block_epochs_;
  std::vector<WarpClock> warps_;
  std::vector<bool> has_met_;
};

}  // namespace cadena::cuda::microscope
