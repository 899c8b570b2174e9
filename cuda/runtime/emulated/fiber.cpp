#include "cuda/runtime/emulated/fiber.h"

#include <pthread.h>

#include <cstdint>

#if !defined(CADENA_PORTABLE_FIBERS) && !defined(__x86_64__) && !defined(__aarch64__)
#define CADENA_PORTABLE_FIBERS 1
#endif
#ifdef CADENA_PORTABLE_FIBERS
#include <ucontext.h>
#endif
#ifdef CADENA_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef CADENA_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace cadena::cuda::emulated {
namespace {

/// The ends of the running OS thread's own stack.
void thread_stack(char*& stack, size_t& size) {
  pthread_attr_t attributes;
  void* lowest = nullptr;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
  }
  stack = static_cast<char*>(lowest);
}

}  // namespace

#if defined(CADENA_PORTABLE_FIBERS)

// The C library's own way: several times slower, as it asks the kernel about signals at every switch.
static void prepare_stack(Fiber& fiber, size_t unused_at_top, void (*entry)()) {
  auto* context = new ucontext_t;
  getcontext(context);
  context->uc_stack.ss_sp = fiber.stack;
  context->uc_stack.ss_size = fiber.stack_size - unused_at_top;
  context->uc_link = nullptr;
  makecontext(context, entry, 0);
  fiber.stack_pointer = context;
}
static void switch_stack(Fiber& from, Fiber& to) {
  if (from.stack_pointer == nullptr) from.stack_pointer = new ucontext_t;
  swapcontext(static_cast<ucontext_t*>(from.stack_pointer), static_cast<ucontext_t*>(to.stack_pointer));
}
static void drop_stack(Fiber& fiber) {
  delete static_cast<ucontext_t*>(fiber.stack_pointer);
  fiber.stack_pointer = nullptr;
}

#else

// cadena_switch_stack(save, next): pushes the registers that a called function must preserve, stores the stack pointer
// in *save, takes `next` as stack pointer, and pops that fiber's registers. To the compiler it is an ordinary call that
// returns late. It ends in `ret`, not in a jump, so that the processor's prediction of return addresses stays right.
extern "C" void cadena_switch_stack(void** save, void* next);

#if defined(__x86_64__)
asm(R"(
.text
.globl cadena_switch_stack
.hidden cadena_switch_stack
.type cadena_switch_stack,@function
cadena_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp,(%rdi)
  movq %rsi,%rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size cadena_switch_stack,.-cadena_switch_stack
)");
static constexpr int kReturnWord = 6, kFrameWords = 8;
#else
asm(R"(
.text
.globl cadena_switch_stack
.hidden cadena_switch_stack
.type cadena_switch_stack,%function
cadena_switch_stack:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8,  d9,  [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8,  d9,  [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size cadena_switch_stack,.-cadena_switch_stack
)");
static constexpr int kReturnWord = 11, kFrameWords = 20;  // x30, the return address, is the twelfth word
#endif

/// A stack that looks as if `entry` had just called cadena_switch_stack as its first action.
static void prepare_stack(Fiber& fiber, size_t unused_at_top, void (*entry)()) {
  const uintptr_t top = (reinterpret_cast<uintptr_t>(fiber.stack) + fiber.stack_size - unused_at_top) & ~uintptr_t{15};
  auto* frame = reinterpret_cast<void**>(top) - kFrameWords;
  for (int i = 0; i < kFrameWords; ++i) frame[i] = nullptr;
  frame[kReturnWord] = reinterpret_cast<void*>(entry);
  fiber.stack_pointer = frame;
}
static void switch_stack(Fiber& from, Fiber& to) { cadena_switch_stack(&from.stack_pointer, to.stack_pointer); }
static void drop_stack(Fiber& fiber) { fiber.stack_pointer = nullptr; }

#endif

void make_fiber(Fiber& fiber, char* stack, size_t stack_size, size_t unused_at_top, void (*entry)()) {
  fiber.stack = stack;
  fiber.stack_size = stack_size;
#ifdef CADENA_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(stack, stack_size);  // what a fiber that was abandoned here had marked
#endif
#ifdef CADENA_THREAD_SANITIZER
  fiber.sanitizer = __tsan_create_fiber(0);
#endif
  prepare_stack(fiber, unused_at_top, entry);
}

void adopt_thread(Fiber& fiber) {
  thread_stack(fiber.stack, fiber.stack_size);
#ifdef CADENA_THREAD_SANITIZER
  fiber.sanitizer = __tsan_get_current_fiber();
#endif
}

void fiber_entered() {
#ifdef CADENA_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
}

void switch_fiber(Fiber& from, Fiber& to) {
#ifdef CADENA_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack, to.stack_size);
#endif
#ifdef CADENA_THREAD_SANITIZER
  __tsan_switch_to_fiber(to.sanitizer, 0);
#endif
  switch_stack(from, to);
#ifdef CADENA_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
#endif
}

void discard_fiber(Fiber& fiber) {
#ifdef CADENA_THREAD_SANITIZER
  if (fiber.sanitizer != nullptr) __tsan_destroy_fiber(fiber.sanitizer);
#endif
  drop_stack(fiber);
  fiber = Fiber{};
}

}  // namespace cadena::cuda::emulated
