#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define CADENA_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CADENA_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define CADENA_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CADENA_THREAD_SANITIZER 1
#endif
#endif

namespace cadena::cuda::emulated {

/// A computation that has been left in the middle. Its registers lie on its own stack, so all there is to keep is where
/// that stack ends.
struct Fiber {
  void* stack_pointer = nullptr;
  char* stack = nullptr;  // its lowest byte
  size_t stack_size = 0;
  void* sanitizer = nullptr;   // what a sanitizer knows the fiber by
  void* fake_stack = nullptr;  // where the address sanitizer keeps its locals
};

/// Makes `fiber` begin `entry` on the given stack when it is first switched to. `entry` starts with fiber_entered() and
/// never returns.
void make_fiber(Fiber& fiber, char* stack, size_t stack_size, size_t unused_at_top, void (*entry)());
/// Makes `fiber` stand for the running OS thread.
void adopt_thread(Fiber& fiber);
/// The first call of a fiber's entry.
void fiber_entered();
/// Leaves `from`, which a later switch continues here, and continues `to`.
void switch_fiber(Fiber& from, Fiber& to);
/// Forgets a fiber that will never be continued; its stack may be used again.
void discard_fiber(Fiber& fiber);

}  // namespace cadena::cuda::emulated
