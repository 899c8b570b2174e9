#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace cadena {

/// Memory for small, short-lived objects (handles, nodes, scalars) from a per-thread free list by size; larger requests
/// go to the heap, aligned to 64 bytes. Throws MemoryError naming the size when memory runs out.
void* pool_allocate(std::size_t bytes);

/// Gives back what `pool_allocate(bytes)` returned; any thread may do it.
void pool_free(void* memory, std::size_t bytes) noexcept;

/// A new T in pool memory.
template <class T, class... Args>
T* pool_new(Args&&... args) {
  void* memory = pool_allocate(sizeof(T));
  try {
    return new (memory) T(std::forward<Args>(args)...);
  } catch (...) {
    pool_free(memory, sizeof(T));
    throw;
  }
}

/// Destroys what `pool_new` made.
template <class T>
void pool_delete(T* object) noexcept {
  object->~T();
  pool_free(object, sizeof(T));
}

}  // namespace cadena
