#include "autograd/journal.h"

#include <algorithm>

#include "autograd/node.h"

namespace cadena {
namespace {

thread_local Journal* innermost = nullptr;

}  // namespace

Journal::Journal() : outer_(innermost) { innermost = this; }

Journal::~Journal() { innermost = outer_; }

void Journal::note(const Variable& variable) {
  for (Journal* journal = innermost; journal != nullptr; journal = journal->outer_) {
    Entries& entries = journal->entries_;
    const bool is_known = std::any_of(entries.begin(), entries.end(),
                                      [&](const auto& entry) { return entry.first.is_handle_of(variable); });
    if (!is_known) entries.emplace_back(variable, variable.value());
  }
}

void Journal::note_gradient(const Leaf& leaf, const Tensor& gradient, bool is_read) {
  for (Journal* journal = innermost; journal != nullptr; journal = journal->outer_) {
    std::vector<Gradient>& gradients = journal->gradients_;
    const bool is_known = std::any_of(gradients.begin(), gradients.end(),
                                      [&](const Gradient& known) { return known.leaf.get() == &leaf; });
    if (!is_known) gradients.push_back({Ref<Node>(const_cast<Leaf*>(&leaf)), gradient, is_read});
  }
}

}  // namespace cadena
