#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/node.h"

namespace cadena {

/// The nodes below some outputs, in an order in which every node stands after the nodes it reads. The scratch of a pass
/// is kept here and never in the nodes, so passes may nest and run in several threads over shared nodes.
class Traversal {
 public:
  /// Visits everything below `ys` without recursion, but nothing below a node in `stops`.
  explicit Traversal(std::span<const Variable> ys, std::span<const Variable> stops = {});

  /// How many nodes were reached.
  int count() const { return static_cast<int>(nodes_.size()); }
  /// The node at a position of the order, 0 … count() - 1.
  Node& node(int position) const { return *nodes_[static_cast<std::size_t>(position)]; }

  /// Position of a node in the order; -1 if it was not reached.
  int find(const Node* node) const;

  /// Positions of the nodes that the node at `position` reads; -1 for a constant. Empty for a stop.
  std::span<const int> inputs(int position) const;

  /// Where the outputs of a node start in an array that has one element for every output of every node.
  int first_output(int position) const { return first_output_[static_cast<std::size_t>(position)]; }
  /// How many outputs all nodes have together.
  int output_count() const { return outputs_; }

 private:
  int& slot(const Node* node);
  void grow();

  struct Entry {
    const Node* node = nullptr;
    int position = 0;
  };

  std::vector<Node*> nodes_;
  std::vector<int> first_output_;
  std::vector<int> first_input_;
  std::vector<int> inputs_;
  std::vector<Entry> table_;  // open addressing; size is a power of two
  std::size_t used_ = 0;
  int outputs_ = 0;
};

}  // namespace cadena
