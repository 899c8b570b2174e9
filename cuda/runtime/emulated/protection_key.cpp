#include "cuda/runtime/emulated/protection_key.h"

#include <sys/mman.h>

#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/fiber.h"

/// A protection key marks pages, and each OS thread says which keys it may use: a register, so opening and closing
/// device memory costs a few nanoseconds. Where the processor or the system has none, host code can touch device memory
/// unseen.
#if defined(__x86_64__) && defined(PKEY_DISABLE_ACCESS) && !defined(CADENA_ADDRESS_SANITIZER) && \
    !defined(CADENA_THREAD_SANITIZER)
#define CADENA_PROTECTION_KEYS 1
#endif

namespace cadena::cuda::emulated {
namespace {

#ifdef CADENA_PROTECTION_KEYS
int device_key() {
  static const int key = pkey_alloc(0, PKEY_DISABLE_ACCESS);
  return key;
}
#endif
__thread int accesses = 0;  // nested DeviceAccess of this OS thread

}  // namespace

bool host_access_is_caught() {
#ifdef CADENA_PROTECTION_KEYS
  return device_key() > 0;
#else
  return false;
#endif
}

bool protect_device(void* pages, size_t bytes) {
#ifdef CADENA_PROTECTION_KEYS
  if (device_key() > 0) return pkey_mprotect(pages, bytes, PROT_READ | PROT_WRITE, device_key()) == 0;
#endif
  return mprotect(pages, bytes, PROT_READ | PROT_WRITE) == 0;
}

void share_device([[maybe_unused]] void* pages, [[maybe_unused]] size_t bytes) {
#ifdef CADENA_PROTECTION_KEYS
  if (device_key() > 0) pkey_mprotect(pages, bytes, PROT_READ | PROT_WRITE, 0);
#endif
}

DeviceAccess::DeviceAccess() {
  if (accesses++ > 0) return;
#ifdef CADENA_PROTECTION_KEYS
  if (device_key() > 0) pkey_set(device_key(), 0);
#endif
}

DeviceAccess::~DeviceAccess() {
  if (--accesses > 0) return;
#ifdef CADENA_PROTECTION_KEYS
  if (device_key() > 0) pkey_set(device_key(), PKEY_DISABLE_ACCESS);
#endif
}

}  // namespace cadena::cuda::emulated
