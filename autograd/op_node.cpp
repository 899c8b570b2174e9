#include "autograd/op_node.h"

#include "autograd/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {

Variable RuleContext::cot(int k) const {
  const Variable& u = cotangents[static_cast<std::size_t>(k)];
  if (u.defined()) return u;
  const Meta& meta = result_metas[static_cast<std::size_t>(k)];
  return Variable(broadcast_to(zeros({}, meta.dtype, meta.device), meta.shape));
}

namespace detail {

void check_saved(const char* op, const char* role, int index, const Saved& saved) {
  if (saved.value.version() == saved.version) return;
  fail<GradError>(op, ": ", role, " ", index, " of shape ", saved.value.shape(),
                  " was saved for the backward pass and has been written in place since");
}

void fail_consumed(const char* op) {
  fail<GradError>("backward: an earlier backward() went through this graph and freed it (first missed: what ", op,
                  " saved); pass {.retain = true} to the earlier one to go through it again");
}

Variable add_tangents(const Variable& sum, Variable contribution) {
  if (!sum.defined()) return contribution;
  return contribution.defined() ? add(sum, contribution) : sum;
}

}  // namespace detail
}  // namespace cadena
