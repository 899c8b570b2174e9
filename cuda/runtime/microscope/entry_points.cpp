/// Where instrumented kernels and the emulator call the microscope. To link this file is to switch it on.
///
/// With -fsanitize=thread the compiler puts a call of a __tsan_* function before every load and store; the thread
/// sanitizer's own library is not linked, these are the microscope's instead. Each looks at its return address: the
/// instruction in the kernel.
#include <cstddef>
#include <cstdint>

#include "cuda/runtime/microscope/observer.h"

namespace cadena::cuda::microscope {
namespace {

uint64_t number_of(const volatile void* address) { return reinterpret_cast<uintptr_t>(address); }

const emulated::Hooks kHooks = {
    .kernel_begin = [](const void* kernel,
                       const cudaLaunchConfig_t& config) { Observer::instance().begin_kernel(kernel, config); },
    .kernel_end = [] { Observer::instance().end_kernel(); },
    .fail = [](const emulated::FailedLaunch& launch) { Observer::instance().fail_launch(launch); },
    .block_begin =
        [](uint64_t block, int threads, void* dynamic, size_t dynamic_bytes, char* stacks, size_t stack_bytes) {
          Observer::instance().begin_block(block, threads, number_of(dynamic), dynamic_bytes, number_of(stacks),
                                           stack_bytes);
        },
    .block_end = [] { Observer::instance().end_block(); },
    .set_thread = [](int thread) { Observer::instance().set_thread(thread); },
    .leave_warp = [] { Observer::instance().leave_warp(); },
    .warp_sync = [](int warp, uint32_t mask) { Observer::instance().warp_sync(warp, mask); },
    .block_sync = [] { Observer::instance().block_sync(); },
    .fence = [] { Observer::instance().fence(); },
    .atomic =
        [](void* address, int bytes, const void* place) {
          Observer::instance().access(number_of(address), unsigned(bytes), Operation::atomic, number_of(place));
        },
    .access =
        [](const void* address, int bytes, bool write, const void* place) {
          Observer::instance().access(number_of(address), unsigned(bytes), write ? Operation::store : Operation::load,
                                      number_of(place));
        },
    .tensor_core = [](int operations, bool tf32,
                      const void* place) { Observer::instance().tensor_core(operations, tf32, number_of(place)); },
    .allocate =
        [](void* memory, size_t bytes, void* arena, size_t arena_bytes) {
          Observer::instance().allocate(number_of(memory), bytes, number_of(arena), arena_bytes);
        },
    .release = [](void* memory) { Observer::instance().release(number_of(memory)); },
    .host_write = [](void* memory, size_t bytes) { Observer::instance().host_write(number_of(memory), bytes); },
};

[[maybe_unused]] const bool is_installed = (emulated::hooks = &kHooks, true);

void load(const volatile void* address, unsigned bytes, const void* place) {
  Observer::instance().access(number_of(address), bytes, Operation::load, number_of(place));
}
void store(const volatile void* address, unsigned bytes, const void* place) {
  Observer::instance().access(number_of(address), bytes, Operation::store, number_of(place));
}

}  // namespace
}  // namespace cadena::cuda::microscope

namespace scope = cadena::cuda::microscope;

extern "C" {

void __sanitizer_cov_trace_pc() {
  scope::Observer::instance().count_block(scope::number_of(__builtin_return_address(0)));
}

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

void __tsan_read1(void* p) { scope::load(p, 1, __builtin_return_address(0)); }
void __tsan_read2(void* p) { scope::load(p, 2, __builtin_return_address(0)); }
void __tsan_read4(void* p) { scope::load(p, 4, __builtin_return_address(0)); }
void __tsan_read8(void* p) { scope::load(p, 8, __builtin_return_address(0)); }
void __tsan_read16(void* p) { scope::load(p, 16, __builtin_return_address(0)); }
void __tsan_write1(void* p) { scope::store(p, 1, __builtin_return_address(0)); }
void __tsan_write2(void* p) { scope::store(p, 2, __builtin_return_address(0)); }
void __tsan_write4(void* p) { scope::store(p, 4, __builtin_return_address(0)); }
void __tsan_write8(void* p) { scope::store(p, 8, __builtin_return_address(0)); }
void __tsan_write16(void* p) { scope::store(p, 16, __builtin_return_address(0)); }
void __tsan_unaligned_read2(void* p) { scope::load(p, 2, __builtin_return_address(0)); }
void __tsan_unaligned_read4(void* p) { scope::load(p, 4, __builtin_return_address(0)); }
void __tsan_unaligned_read8(void* p) { scope::load(p, 8, __builtin_return_address(0)); }
void __tsan_unaligned_read16(void* p) { scope::load(p, 16, __builtin_return_address(0)); }
void __tsan_unaligned_write2(void* p) { scope::store(p, 2, __builtin_return_address(0)); }
void __tsan_unaligned_write4(void* p) { scope::store(p, 4, __builtin_return_address(0)); }
void __tsan_unaligned_write8(void* p) { scope::store(p, 8, __builtin_return_address(0)); }
void __tsan_unaligned_write16(void* p) { scope::store(p, 16, __builtin_return_address(0)); }
void __tsan_read_range(void* p, size_t bytes) { scope::load(p, unsigned(bytes), __builtin_return_address(0)); }
void __tsan_write_range(void* p, size_t bytes) { scope::store(p, unsigned(bytes), __builtin_return_address(0)); }

}  // extern "C"
