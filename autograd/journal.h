#pragma once

#include <utility>
#include <vector>

#include "autograd/variable.h"

namespace cadena {

/// Remembers what `Variable::set_value` replaces on this thread while the journal lives: each variable once, with the
/// value it had first. Journals may nest; an outer one sees what an inner one sees.
class Journal {
 public:
  /// Variables and the values they had first, in the order in which they were changed.
  using Entries = std::vector<std::pair<Variable, Tensor>>;

  Journal();
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// What was replaced so far.
  const Entries& entries() const { return entries_; }

  /// Called before the value of `variable` is replaced.
  static void note(const Variable& variable);

 private:
  Entries entries_;
  Journal* outer_;
};

}  // namespace cadena
