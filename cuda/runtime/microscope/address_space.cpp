#include "cuda/runtime/microscope/address_space.h"

#include <link.h>

#include <algorithm>

#include "cuda/runtime/emulated/builtin_variables.h"
#include "cuda/runtime/emulated/dynamic_shared.h"
#include "cuda/runtime/emulated/symbols.h"

namespace cadena::cuda::microscope {
namespace {

uint64_t number_of(const void* address) { return reinterpret_cast<uintptr_t>(address); }

}  // namespace

void AddressSpace::add_buffer(uint64_t begin, uint64_t bytes, uint64_t arena, uint64_t arena_bytes) {
  arena_ = {arena, arena_bytes};
  const auto after = std::upper_bound(buffers_.begin(), buffers_.end(), begin,
                                      [](uint64_t address, const Memory& memory) { return address < memory.begin; });
  buffers_.insert(after, {begin, bytes, std::make_unique<Shadow>(bytes, Lifetime::allocation)});
}

void AddressSpace::remove_buffer(uint64_t begin) {
  std::erase_if(buffers_, [=](const Memory& memory) { return memory.begin == begin; });
}

Memory* AddressSpace::find_buffer(uint64_t address) {
  auto* before = const_cast<Memory*>(buffer_before(address));
  return before != nullptr && address - before->begin < before->bytes ? before : nullptr;
}

const Memory* AddressSpace::buffer_before(uint64_t address) const {
  const auto after = std::upper_bound(buffers_.begin(), buffers_.end(), address,
                                      [](uint64_t a, const Memory& memory) { return a < memory.begin; });
  return after == buffers_.begin() ? nullptr : &*(after - 1);
}

void AddressSpace::enter_block(uint64_t stacks, uint64_t stack_bytes, uint64_t dynamic, uint64_t dynamic_bytes) {
  constexpr uint64_t kMost = 232448;  // bytes of dynamic shared memory, compute capability 9.0
  constexpr uint64_t kGuard = 4096;   // the inaccessible page behind it
  stacks_ = {stacks, stack_bytes};
  const uint64_t end = dynamic + dynamic_bytes;
  if (dynamic_.shadow == nullptr) dynamic_.shadow = std::make_unique<Shadow>(kMost, Lifetime::block);
  dynamic_.begin = dynamic;
  dynamic_.bytes = dynamic_bytes;
  near_dynamic_ = {end - kMost, kMost + kGuard};
  if (thread_ != __builtin_thread_pointer()) find_thread_storage();
}

void AddressSpace::find_thread_storage() {
  thread_ = __builtin_thread_pointer();
  statics_.clear();
  programs_.clear();
  builtins_ = {{number_of(&threadIdx), sizeof threadIdx},
               {number_of(&blockIdx), sizeof blockIdx},
               {number_of(&blockDim), sizeof blockDim},
               {number_of(&gridDim), sizeof gridDim},
               {number_of(&emulated::dynamic_shared_memory), sizeof(void*)}};
  for (const auto& guard : emulated::thread_local_guards()) {
    const char* storage = emulated::thread_storage(guard.module);
    if (storage != nullptr) builtins_.push_back({number_of(storage + guard.thread_offset), guard.bytes});
  }
  std::sort(builtins_.begin(), builtins_.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  const auto add = [](dl_phdr_info* info, size_t, void* opaque) {
    auto& space = *static_cast<AddressSpace*>(opaque);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const auto& segment = info->dlpi_phdr[i];
      if (segment.p_type == PT_LOAD) space.programs_.push_back({info->dlpi_addr + segment.p_vaddr, segment.p_memsz});
      if (segment.p_type == PT_TLS && info->dlpi_tls_data != nullptr) {
        space.statics_.push_back({number_of(info->dlpi_tls_data), segment.p_memsz,
                                  std::make_unique<Shadow>(segment.p_memsz, Lifetime::block)});
      }
    }
    return 0;
  };
  dl_iterate_phdr(add, this);
}

Region AddressSpace::classify(uint64_t address, unsigned bytes, int& hint, Memory*& memory) {
  if (stacks_.holds(address)) return Region::own;
  if (arena_.holds(address)) {
    if (hint >= 0 && size_t(hint) < buffers_.size() && buffers_[size_t(hint)].holds(address, bytes)) {
      memory = &buffers_[size_t(hint)];
      return Region::global;
    }
    memory = find_buffer(address);
    if (memory == nullptr || !memory->holds(address, bytes)) {
      memory = nullptr;
      return Region::outside;
    }
    hint = int(memory - buffers_.data());
    return Region::global;
  }
  if (dynamic_.holds(address, bytes)) {
    memory = &dynamic_;
    return Region::shared;
  }
  for (Memory& storage : statics_) {
    if (!storage.holds(address, bytes)) continue;
    const auto after = std::upper_bound(builtins_.begin(), builtins_.end(), address,
                                        [](uint64_t a, const Range& builtin) { return a < builtin.begin; });
    if (after != builtins_.begin() && (after - 1)->holds(address)) return Region::own;
    memory = &storage;
    return Region::shared;
  }
  if (near_dynamic_.holds(address)) {
    memory = &dynamic_;
    return Region::outside;
  }
  return is_program(address) ? Region::constant : Region::host;
}

bool AddressSpace::is_program(uint64_t address) const {
  return std::any_of(programs_.begin(), programs_.end(), [=](const Range& program) { return program.holds(address); });
}

}  // namespace cadena::cuda::microscope
