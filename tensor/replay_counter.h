#pragma once

#include "tensor/base/ref.h"
#include "tensor/base/shape.h"

namespace cadena {

/// A member that counts steps for its object, an optimizer say, also those that replays of a recording take.
class ReplayCounter {
 public:
  ReplayCounter();
  /// Another object has its own.
  ReplayCounter(const ReplayCounter&) : ReplayCounter() {}
  /// The object keeps its own.
  ReplayCounter& operator=(const ReplayCounter&) { return *this; }
  ~ReplayCounter();

  /// Adds one to `count`, a member of the same object. While a step is recorded, so will each replay; if the recording
  /// fails, that one is taken back. Replays throw Error naming `name` once the object has ended.
  void add_one(const char* name, i64& count) const;

 private:
  struct Life : Counted {
    bool is_over = false;
    static void destroy(Life* life) noexcept { delete life; }
  };

  Ref<Life> life_;
};

}  // namespace cadena
