#include "cuda/runtime/emulated/setting.h"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace cadena::cuda::emulated {

double setting(const char* name, double usual, double least, double most) {
  const char* text = std::getenv(name);
  if (text == nullptr) return usual;
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (end != text && *end == '\0' && value >= least && value <= most) return value;
  char range[64];
  std::snprintf(range, sizeof range, "%.16g to %.16g", least, most);
  throw std::invalid_argument(std::string(name) + " is '" + text + "', expected a number from " + range);
}

}  // namespace cadena::cuda::emulated
