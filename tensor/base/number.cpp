#include "tensor/base/number.h"

#include "tensor/base/error.h"

namespace cadena {

void Number::fail_range(const char* op, double value) {
  fail<ValueError>(op, ": ", value, " is no i64, expected a number from -2^63 to 2^63 - 1");
}

}  // namespace cadena
