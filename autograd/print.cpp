#include "autograd/print.h"

#include <ostream>

#include "autograd/node.h"

namespace cadena {

std::string to_string(const Variable& x, const PrintOptions& options) {
  if (!x.defined()) return "variable(undefined)";
  std::string text = to_string(x.value(), options);
  if (!x.requires_grad()) return text;
  text.pop_back();  // the parenthesis that closes the tensor
  return text + (x.is_leaf() ? ", " : ", by ") + x.node()->name() + ")";
}

std::ostream& operator<<(std::ostream& stream, const Variable& x) { return stream << to_string(x); }

}  // namespace cadena
