#include "autograd/traversal.h"

namespace cadena {
namespace {

constexpr int kUnseen = -1;
constexpr int kOpen = -2;  // on the stack, its inputs not finished yet

/// Spreads an address over all bits: a multiplication by 2^64 / golden ratio.
std::size_t hash(const Node* node) {
  return static_cast<std::size_t>((reinterpret_cast<std::uintptr_t>(node) >> 6) * 0x9E3779B97F4A7C15ull >> 20);
}

}  // namespace

Traversal::Traversal(std::span<const Variable> ys, std::span<const Variable> stops) : table_(64) {
  struct Frame {
    Node* node;
    std::size_t next;  // the input to look at next
    bool is_stop;
  };
  const auto is_stop = [&](const Node* node) {
    for (const Variable& stop : stops) {
      if (stop.node().get() == node) return true;
    }
    return false;
  };
  std::vector<Frame> stack;
  const auto open = [&](Node* node) {
    int& position = slot(node);
    if (position != kUnseen) return;
    position = kOpen;
    stack.push_back({node, 0, is_stop(node)});
  };
  for (const Variable& y : ys) {
    if (!y.defined() || !y.node()) continue;
    open(y.node().get());
    while (!stack.empty()) {
      Frame& top = stack.back();
      const auto edges = top.node->inputs();
      if (!top.is_stop && top.next < edges.size()) {
        Node* parent = edges[top.next++].node.get();
        if (parent != nullptr) open(parent);  // may move the stack: `top` is not used after it
        continue;
      }
      Node* node = top.node;
      first_input_.push_back(static_cast<int>(inputs_.size()));
      if (!top.is_stop) {
        for (const Node::Edge& edge : edges) inputs_.push_back(edge.node ? slot(edge.node.get()) : -1);
      }
      stack.pop_back();
      slot(node) = static_cast<int>(nodes_.size());
      nodes_.push_back(node);
      first_output_.push_back(outputs_);
      outputs_ += static_cast<int>(node->outputs().size());
    }
  }
  first_input_.push_back(static_cast<int>(inputs_.size()));
}

int Traversal::find(const Node* node) const {
  for (std::size_t i = hash(node) & (table_.size() - 1);; i = (i + 1) & (table_.size() - 1)) {
    if (table_[i].node == node) return table_[i].position;
    if (table_[i].node == nullptr) return kUnseen;
  }
}

std::span<const int> Traversal::inputs(int position) const {
  const auto p = static_cast<std::size_t>(position);
  return std::span(inputs_).subspan(static_cast<std::size_t>(first_input_[p]),
                                    static_cast<std::size_t>(first_input_[p + 1] - first_input_[p]));
}

int& Traversal::slot(const Node* node) {
  if (used_ * 2 >= table_.size()) grow();
  for (std::size_t i = hash(node) & (table_.size() - 1);; i = (i + 1) & (table_.size() - 1)) {
    if (table_[i].node == node) return table_[i].position;
    if (table_[i].node == nullptr) {
      ++used_;
      table_[i] = {node, kUnseen};
      return table_[i].position;
    }
  }
}

void Traversal::grow() {
  std::vector<Entry> old(table_.size() * 4);
  old.swap(table_);
  for (const Entry& entry : old) {
    if (entry.node == nullptr) continue;
    std::size_t i = hash(entry.node) & (table_.size() - 1);
    while (table_[i].node != nullptr) i = (i + 1) & (table_.size() - 1);
    table_[i] = entry;
  }
}

}  // namespace cadena
