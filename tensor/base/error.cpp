#include "tensor/base/error.h"

#include <cstdio>

namespace cadena {

std::string to_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace cadena
