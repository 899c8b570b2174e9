#include "cuda/runtime/microscope/observer.h"

#include <cstdio>
#include <cstdlib>

#include "cuda/runtime/emulated/builtin_variables.h"
#include "cuda/runtime/emulated/symbols.h"

namespace cadena::cuda::microscope {
namespace {

Coordinates coordinates_of(const dim3& extent) { return {extent.x, extent.y, extent.z}; }
Coordinates coordinates_of(const uint3& index) { return {index.x, index.y, index.z}; }

const char* words_of(Race::Kind kind) {
  switch (kind) {
    case Race::Kind::write_after_write: return "two writes";
    case Race::Kind::read_after_write: return "a read after a write";
    case Race::Kind::write_after_read: return "a write after a read";
    case Race::Kind::none: break;
  }
  return "";
}

Fault fault_of(Race::Between between) {
  switch (between) {
    case Race::Between::lanes_of_a_warp: return Fault::missing_syncwarp;
    case Race::Between::warps_of_a_block: return Fault::missing_syncthreads;
    case Race::Between::blocks: break;
  }
  return Fault::race_between_blocks;
}

std::string bytes_text(uint64_t first, uint64_t bytes) {
  return std::to_string(bytes) + (bytes == 1 ? " byte at byte " : " bytes at byte ") + std::to_string(first);
}

}  // namespace

Observer& Observer::instance() {
  static auto& observer = *new Observer;  // never destroyed: programs free memory until their very end
  return observer;
}

void Observer::begin_kernel(const void* kernel, const cudaLaunchConfig_t& config) {
  if (frame_ != 0 && !kernels_.contains(kernel) && !emulated::begins_function_of(kernel, kernels_of_)) {
    end_program("what is launched is no function of namespace " + std::string(kernels_of_));
  }
  kernel_ = kernel;
  counts_ = &kernels_[kernel];
  ++counts_->launches;
  counts_->grid = coordinates_of(config.gridDim);
  counts_->block = coordinates_of(config.blockDim);
  counts_->shared_bytes = config.dynamicSmemBytes;
  now_.launch_epoch = next_epoch_;
  now_.block_epochs = &block_epochs_;
  now_.ordered_blocks = &order_.known();
  block_epochs_.clear();
  order_.begin_launch();
}

void Observer::end_kernel() {
  sites_.close_requests();
  for (uint32_t i = 0; i < sites_.size(); ++i) {
    if (sites_[i].counts.requests != 0) counts_->sites[i] += std::exchange(sites_[i].counts, Counts{});
  }
  for (const auto& [place, times] : blocks_.take()) counts_->blocks[place] += times;
}

void Observer::fail_launch(const emulated::FailedLaunch& launch) {
  if (std::exchange(is_told_, false)) return;
  Finding finding;
  finding.fault = Fault::failed_launch;
  finding.kernel = launch.kernel;
  finding.place = reinterpret_cast<uintptr_t>(launch.place);
  if (launch.file != nullptr) finding.file = launch.file;
  finding.line = launch.line;
  finding.thread = coordinates_of(launch.thread);
  finding.block = coordinates_of(launch.block);
  finding.detail = launch.what;
  findings_.add_failed(finding);
}

void Observer::begin_block(uint64_t block, int threads, uint64_t dynamic, uint64_t dynamic_bytes, uint64_t stacks,
                           uint64_t stack_bytes) {
  block_ = block;
  now_.block_epoch = now_.epoch = next_epoch_++;
  block_epochs_.push_back(now_.epoch);
  order_.begin_block(block_epochs_.size() - 1);
  const size_t warps = size_t(threads + kLanes - 1) / kLanes;
  warps_.resize(warps);
  has_met_.assign(warps, false);
  for (WarpClock& warp : warps_) warp.reset();
  space_.enter_block(stacks, stack_bytes, dynamic, dynamic_bytes);
  counts_->threads += uint64_t(threads);
  ++counts_->blocks_run;
}

void Observer::end_block() {
  sites_.close_requests();
  is_running_ = false;
}

void Observer::set_thread(int thread) {
  now_.thread = thread;
  now_.warp = &warps_[size_t(thread / kLanes)];
  is_running_ = true;
}

void Observer::warp_sync(int warp, uint32_t mask) {
  sites_.close_requests();
  warps_[size_t(warp)].meet(mask);
  has_met_[size_t(warp)] = true;
}

void Observer::block_sync() {
  ++counts_->barriers;
  sites_.close_requests();
  now_.epoch = next_epoch_++;
  for (size_t warp = 0; warp < warps_.size(); ++warp) {
    if (has_met_[warp]) warps_[warp].reset();
    has_met_[warp] = false;
  }
}

void Observer::fence() {
  if (is_running_) order_.fence(now_.epoch);
}

void Observer::tensor_core(int operations, bool tf32, uint64_t place) {
  TensorOperations& here = counts_->tensor[place];
  (tf32 ? here.tf32 : here.half) += uint64_t(operations);
  ++here.instructions;
}

void Observer::allocate(uint64_t memory, uint64_t bytes, uint64_t arena, uint64_t arena_bytes) {
  space_.add_buffer(memory, bytes, arena, arena_bytes);
}

void Observer::host_write(uint64_t memory, uint64_t bytes) {
  Memory* buffer = space_.find_buffer(memory);
  if (buffer != nullptr && buffer->holds(memory, 1)) buffer->shadow->initialise(memory - buffer->begin, bytes);
}

void Observer::access(uint64_t address, unsigned bytes, Operation operation, uint64_t place) {
  if (!is_running_) {
    if (frame_ != 0 && !is_inside_) check_host_code(address, bytes, operation);
    return;
  }
  is_running_ = false;  // functions of the C++ library that this one calls may be a kernel's, instrumented copies
  is_inside_ = true;
  count_access(address, bytes, operation, place);
  is_inside_ = false;
  is_running_ = true;
}

void Observer::check_host_code(uint64_t address, unsigned bytes, Operation operation) {
  constexpr uint64_t kStack = 8 << 20;
  if (address < frame_ && address + bytes <= frame_ && address >= frame_ - kStack) return;
  if (operation == Operation::load && space_.is_program(address)) return;
  end_program("code outside of a kernel reads or writes memory that is not its own");
}

void Observer::end_program(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::fflush(stderr);
  std::_Exit(1);
}

void Observer::fail(const char* what, uint64_t place) {
  is_inside_ = false;
  emulated::fail_at(cudaErrorIllegalAddress, what, reinterpret_cast<const void*>(place));
}

void Observer::forbid(uint64_t place, Operation operation) {
  if (frame_ == 0) return;
  fail(operation == Operation::load ? "a read of memory that is neither the device's nor the thread's own"
                                    : "a write to memory that is neither the device's nor the thread's own",
       place);
}

void Observer::record(uint32_t site, uint64_t address) {
  constexpr size_t kMostOpen = 1 << 18;  // requests take memory until the lanes meet
  sites_.record(site, now_.thread % kLanes, address);
  if (frame_ != 0 && sites_[site].open_count > kMostOpen) {
    fail("a thread has come here 262144 times without a barrier: an endless loop?", sites_[site].place);
  }
}

void Observer::count_access(uint64_t address, unsigned bytes, Operation operation, uint64_t place) {
  Memory* memory = nullptr;
  int& hint = hints_[place / 4 % hints_.size()];
  switch (space_.classify(address, bytes, hint, memory)) {
    case Region::own: return;
    case Region::constant:
      if (operation != Operation::load) forbid(place, operation);
      return;
    case Region::host: {
      forbid(place, operation);
      Finding& finding = find(Fault::host_memory, place, 0);
      if (finding.times++ == 0) finding.detail = operation == Operation::load ? "a read" : "a write";
      return;
    }
    case Region::outside: out_of_bounds(address, bytes, operation, place, memory);
    case Region::global: {
      const uint32_t site = sites_.find(place, Space::global, operation, bytes);
      sites_[site].buffer = memory->begin;
      const uint64_t offset = address - memory->begin;
      const bool reads = operation != Operation::store, writes = operation != Operation::load;
      if (reads) counts_->sectors_read += memory->shadow->touch_sectors(offset, bytes, false, now_.launch_epoch);
      if (writes) counts_->sectors_written += memory->shadow->touch_sectors(offset, bytes, true, now_.launch_epoch);
      if (operation == Operation::atomic) order_.atomic(address);
      check(memory->shadow->access(offset, bytes, operation, site, now_), Space::global, place, *memory, offset, bytes);
      record(site, address);
      return;
    }
    case Region::shared: {
      const uint32_t site = sites_.find(place, Space::shared, operation, bytes);
      const uint64_t offset = address - memory->begin;
      check(memory->shadow->access(offset, bytes, operation, site, now_), Space::shared, place, *memory, offset, bytes);
      record(site, address);
      return;
    }
  }
}

void Observer::check(const Verdict& verdict, Space space, uint64_t place, const Memory& memory, uint64_t offset,
                     unsigned bytes) {
  if (verdict.uninitialised) {
    const Fault fault = space == Space::shared ? Fault::uninitialised_shared : Fault::uninitialised_global;
    Finding& finding = find(fault, place, 0);
    if (finding.times++ == 0 && space == Space::global) {
      finding.detail = bytes_text(offset, bytes) + " of a buffer of " + std::to_string(memory.bytes);
    }
  }
  if (verdict.race.kind == Race::Kind::none) return;
  const Touch& earlier = verdict.race.earlier;
  Finding& finding = find(fault_of(verdict.race.between), place, sites_[earlier.site].place);
  if (finding.times++ != 0) return;
  finding.other_thread = earlier.thread;
  finding.other_block = block_of_epoch(now_, earlier.epoch);
  finding.detail = std::string(words_of(verdict.race.kind)) + " in " +
                   (space == Space::shared ? "shared memory"
                                           : "device memory, " + bytes_text(offset, bytes) + " of a buffer of " +
                                                 std::to_string(memory.bytes));
}

Finding& Observer::find(Fault fault, uint64_t place, uint64_t other_place) {
  Finding& finding = findings_.at(fault, kernel_, place, other_place);
  if (finding.times == 0) {
    finding.thread = coordinates_of(threadIdx);
    finding.block = coordinates_of(blockIdx);
  }
  return finding;
}

void Observer::out_of_bounds(uint64_t address, unsigned bytes, Operation operation, uint64_t place,
                             const Memory* dynamic) {
  const Memory* memory = dynamic != nullptr ? dynamic : space_.buffer_before(address);
  std::string detail = operation == Operation::load ? "a read of " : "a write of ";
  if (memory == nullptr || address < memory->begin) {
    detail += std::to_string(bytes) + " bytes before the first buffer";
  } else {
    detail += bytes_text(address - memory->begin, bytes) + " of " +
              (dynamic != nullptr ? std::string("the block's ") : std::string("a buffer of ")) +
              std::to_string(memory->bytes) + (dynamic != nullptr ? " bytes of dynamic shared memory" : " bytes");
  }
  Finding& finding = find(Fault::out_of_bounds, place, 0);
  finding.detail = detail;
  ++finding.times;
  is_told_ = true;
  fail(("out of bounds: " + detail).c_str(), place);
}

void Observer::reset() {
  kernels_.clear();
  findings_.clear();
}

}  // namespace cadena::cuda::microscope
