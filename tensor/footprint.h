#pragma once

#include <unordered_map>

#include "tensor/base/callable.h"
#include "tensor/base/counter.h"
#include "tensor/tensor.h"

namespace cadena {

/// The tensors on CUDA devices that a recorded piece of work takes as they are: made before it, and handed to its
/// kernels. Each replay (`Recording`) reads and writes their memory, which is kept for it.
class Footprint {
 public:
  /// Runs `work`, which this thread records, and collects them. Throws Error "NAME: …" if nobody has one of them any
  /// more when the work is done: replays would take what it was then.
  void collect(const char* name, const Callable<void()>& work);

  /// Throws Error "NAME: …" if one of them was let go of by everybody else since: a replay would read what nobody sees.
  void check(const char* name) const;

  /// Counts a write in place of each that the work wrote.
  void count_writes() const;

  /// True if x shares its memory with one of them.
  bool holds(const Tensor& x) const;

  /// True while any thread collects.
  static bool is_collecting() { return collecting_.value() > 0; }

  /// Called with a tensor on a CUDA device that is handed to a kernel, or is about to be written.
  static void note(const Tensor& x, bool is_written);

 private:
  struct Item {
    Tensor tensor;
    bool is_written = false;
  };

  static inline Counter<int> collecting_;

  std::unordered_map<const Storage*, Item> items_;
};

}  // namespace cadena
