#pragma once

#include <utility>
#include <vector>

#include "autograd/variable.h"

namespace cadena {

class Leaf;

/// Remembers what `Variable::set_value` replaces on this thread while the journal lives: each variable once, with the
/// value it had first. The same for the gradients of parameters. Journals may nest; an outer one sees what an inner one
/// sees.
class Journal {
 public:
  /// Variables and the values they had first, in the order in which they were changed.
  using Entries = std::vector<std::pair<Variable, Tensor>>;

  /// A parameter whose gradient was asked for, added to or replaced.
  struct Gradient {
    Ref<Node> leaf;  ///< the parameter's node
    Tensor before;   ///< the gradient it had first; undefined for none
    bool is_read;    ///< whether that gradient was first touched by a read, or by adding to it, rather than replaced
  };

  Journal();
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// What was replaced so far.
  const Entries& entries() const { return entries_; }

  /// The gradients that were touched so far.
  const std::vector<Gradient>& gradients() const { return gradients_; }

  /// Called before the value of `variable` is replaced.
  static void note(const Variable& variable);

  /// Called before the gradient of a parameter is read or replaced.
  static void note_gradient(const Leaf& leaf, const Tensor& gradient, bool is_read);

 private:
  Entries entries_;
  std::vector<Gradient> gradients_;
  Journal* outer_;
};

}  // namespace cadena
