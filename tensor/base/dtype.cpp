#include "tensor/base/dtype.h"

#include <algorithm>

#include "tensor/base/error.h"

namespace cadena {

const char* to_string(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32: return "f32";
    case Dtype::f64: return "f64";
    case Dtype::f16: return "f16";
    case Dtype::bf16: return "bf16";
    case Dtype::i64: return "i64";
    case Dtype::boolean: return "bool";
  }
  return "?";
}

Dtype promote(Dtype a, Dtype b) {
  if (a == b) return a;
  const auto rank = [](Dtype dtype) {
    switch (dtype) {
      case Dtype::boolean: return 0;
      case Dtype::i64: return 1;
      case Dtype::f16:
      case Dtype::bf16: return 2;
      case Dtype::f32: return 3;
      case Dtype::f64: return 4;
    }
    return 4;
  };
  if (rank(a) == rank(b)) return Dtype::f32;  // f16 with bf16
  return rank(a) > rank(b) ? a : b;
}

void fail_dtype(const char* op, Dtype dtype, const char* expected) {
  fail<DtypeError>(op, ": dtype is ", dtype, ", expected ", expected);
}

}  // namespace cadena
