#include "autograd/draw.h"

#include <unordered_map>

#include "autograd/engine.h"
#include "autograd/node.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

/// Text as it stands inside a quoted string of Graphviz.
std::string quoted(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// "[0.5, -1, 2]", or nothing for a tensor with more elements than fit.
std::string few_values(const Tensor& x, i64 most) {
  if (!x.defined() || x.numel() > most) return "";
  std::string text;
  for (double value : x.to_vector()) text += (text.empty() ? "" : ", ") + to_text(value);
  return "[" + text + "]";
}

}  // namespace

std::string to_dot(const Variable& y, const DrawOptions& options) {
  const std::vector<Node*> nodes = topological_order(std::span(&y, 1));
  const auto name_of = [&](const Node* node) {
    for (const auto& [variable, name] : options.names) {
      if (variable.node().get() == node) return name;
    }
    return std::string(node->name());
  };
  std::string dot = "digraph graph_of_y {\n  rankdir=LR;\n  node [fontname=\"Helvetica\", fontsize=11];\n";
  std::unordered_map<const Node*, std::size_t> number;  // in topological order: the same text for the same graph
  for (const Node* node : nodes) number.emplace(node, number.size());
  const auto id = [&](const Node* node) { return "n" + std::to_string(number.at(node)); };
  for (const Node* node : nodes) {
    std::string label = quoted(name_of(node));
    for (const Meta& meta : node->outputs()) label += "\\n" + to_string(meta.shape) + " " + to_string(meta.dtype);
    const auto* leaf = dynamic_cast<const Leaf*>(node);
    if (leaf != nullptr && options.values) {
      for (const auto& [variable, name] : options.names) {
        const std::string values =
            variable.node().get() == node ? few_values(variable.value(), options.most_elements) : "";
        if (!values.empty()) label += "\\n" + values;
      }
    }
    if (leaf != nullptr && options.gradients) {
      const std::string values = few_values(leaf->grad(), options.most_elements);
      if (!values.empty()) label += "\\ngrad " + values;
    }
    dot += "  " + id(node) + " [shape=" + (leaf != nullptr ? "ellipse, style=filled, fillcolor=\"#e8f0fe\"" : "box") +
           ", label=\"" + label + "\"];\n";
  }
  for (const Node* node : nodes) {
    for (const Node::Edge& edge : node->inputs()) {
      if (edge.node) dot += "  " + id(edge.node.get()) + " -> " + id(node) + ";\n";
    }
  }
  return dot + "}\n";
}

}  // namespace cadena
