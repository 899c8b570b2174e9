#include "optim/state.h"

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/io/file.h"

namespace cadena {

Tensor saved(double value) { return full({}, value, Dtype::f64); }
Tensor saved(i64 value) { return full({}, value, Dtype::i64); }

const Tensor& StateReader::find(const std::string& name, const Shape& shape, Dtype dtype) {
  const auto entry = state_.find(name);
  if (entry == state_.end()) fail<ValueError>(owner_, ": the saved state has no \"", name, "\"");
  seen_.insert(name);
  const Tensor& tensor = entry->second;
  if (!tensor.defined()) fail<ValueError>(owner_, ": \"", name, "\" of the saved state is undefined");
  if (tensor.shape() != shape) {
    fail<ShapeError>(owner_, ": \"", name, "\" of the saved state has shape ", tensor.shape(), ", expected ", shape);
  }
  if (tensor.dtype() != dtype) {
    fail<DtypeError>(owner_, ": \"", name, "\" of the saved state is ", to_string(tensor.dtype()), ", expected ",
                     to_string(dtype));
  }
  return tensor;
}

double StateReader::number(const std::string& name) { return find(name, {}, Dtype::f64).item(); }

i64 StateReader::integer(const std::string& name) { return *to(find(name, {}, Dtype::i64), Device::cpu()).data<i64>(); }

Tensor StateReader::tensor(const std::string& name, const Tensor& like, Dtype dtype) {
  const Tensor& source = find(name, like.shape(), dtype);
  Tensor result = empty(like.shape(), dtype, like.device());
  copy_into(result, to(source, like.device()));
  return result;
}

Tensor StateReader::optional_tensor(const std::string& name, const Tensor& like, Dtype dtype) {
  return state_.contains(name) ? tensor(name, like, dtype) : Tensor();
}

void StateReader::finish() const {
  for (const auto& [name, tensor] : state_) {
    if (!seen_.contains(name)) fail<ValueError>(owner_, ": the saved state has an unknown \"", printable(name), "\"");
  }
}

}  // namespace cadena
