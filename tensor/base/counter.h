#pragma once

namespace cadena {

/// A number that several threads count up and down, by the atomic instructions of GCC and Clang: `<atomic>` alone would
/// add a tenth of a second to every file that includes a tensor.
template <class T>
class Counter {
 public:
  Counter() = default;
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  /// Adds one; other memory is not ordered by it.
  void increment() { __atomic_fetch_add(&count_, T{1}, __ATOMIC_RELAXED); }
  /// Takes one away and returns what is left. What any thread did before it left happens before the count is 0.
  T decrement() { return __atomic_sub_fetch(&count_, T{1}, __ATOMIC_ACQ_REL); }
  /// The count; whoever sees 1 sees all that those did who have left.
  T value() const { return __atomic_load_n(&count_, __ATOMIC_ACQUIRE); }

 private:
  T count_ = 0;
};

}  // namespace cadena
