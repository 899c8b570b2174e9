#pragma once

#include <string>
#include <utility>
#include <vector>

#include "autograd/variable.h"

namespace cadena {

/// What `to_dot` writes into the nodes.
struct DrawOptions {
  bool values = false;                                       ///< the values of small leaves
  bool gradients = false;                                    ///< the accumulated gradients of small leaves
  i64 most_elements = 8;                                     ///< what counts as small
  std::vector<std::pair<Variable, std::string>> names = {};  ///< what to call some of the variables
};

/// The graph below y in Graphviz' language: operations as boxes with their output shapes, parameters as ellipses, edges
/// in the direction of the computation. Pipe it into `dot -Tsvg`.
std::string to_dot(const Variable& y, const DrawOptions& options = {});

}  // namespace cadena
