#pragma once

#include <cstdlib>
#include <new>
#include <utility>

namespace cadena {

/// Blocks from std::aligned_alloc that wait for the next request of their size, the last one first: a singly linked
/// list whose links lie in the blocks themselves. For one thread; what it still holds at its end goes to the system.
class FreeList {
 public:
  FreeList() = default;
  FreeList(const FreeList&) = delete;
  FreeList& operator=(const FreeList&) = delete;
  ~FreeList() { release(); }

  /// Whether there is nothing to take.
  bool is_empty() const { return head_ == nullptr; }

  /// Keeps a block of at least the size of a pointer.
  void put(void* block) { head_ = new (block) Block{head_}; }

  /// The block that was put last, of a list that is not empty.
  void* take() { return std::exchange(head_, head_->next); }

  /// Gives all blocks back to the system.
  void release() {
    while (!is_empty()) std::free(take());
  }

 private:
  struct Block {
    Block* next;
  };

  Block* head_ = nullptr;
};

}  // namespace cadena
