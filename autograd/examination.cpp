#include "autograd/examination.h"

#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

const char* suffix(Layout layout) {
  switch (layout) {
    case Layout::contiguous: return "";
    case Layout::strided: return ", strided inputs";
    case Layout::reversed: return ", reversed inputs";
  }
  return "";
}

Tensor round_to(const Tensor& x, Dtype rounded, Dtype computed) {
  return is_floating(x.dtype()) ? cast(cast(x, rounded), computed) : x;
}

/// The values of variables, undefined where they are.
std::vector<Tensor> values_of(const std::vector<Variable>& variables) {
  std::vector<Tensor> values;
  for (const Variable& v : variables) values.push_back(v.defined() ? v.value() : Tensor());
  return values;
}

/// True if x still has the values of `original`, NaN included.
bool has_values(const Tensor& x, const Tensor& original) {
  const std::vector<double> u = x.to_vector(), v = original.to_vector();
  return std::equal(u.begin(), u.end(), v.begin(), v.end(),
                    [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); });
}

}  // namespace

Tensor laid_out(const Tensor& x, Layout layout) {
  if (layout == Layout::contiguous || x.rank() == 0) return x;
  if (layout == Layout::reversed) {
    std::vector<int> order;
    for (int axis = x.rank() - 1; axis >= 0; --axis) order.push_back(axis);
    const Axes back{std::span<const int>(order)};
    return flip(permute(copy(permute(flip(x), back)), back));
  }
  Shape wide = x.shape();
  wide[x.rank() - 1] *= 2;
  const Tensor buffer = full(wide, is_floating(x.dtype()) ? Number(std::nan("")) : Number(0), x.dtype(), x.device());
  const Tensor view = slice(buffer, -1, {.step = 2});
  copy_into(view, x);
  return view;
}

Examination::Examination(const OpEntry& op, const ErasedSample& sample, Layout layout, Generator& generator,
                         Device device)
    : op_(*sample.op), where_(concat(op.name, "(", sample.label, ")", suffix(layout))) {
  if (!device.is_cpu()) where_ += concat(" on ", device);
  if (op.arity >= 0 && static_cast<int>(sample.inputs.size()) != op.arity) {
    fail<ValueError>(where_, ": the sample has ", sample.inputs.size(), " inputs, forward takes ", op.arity);
  }
  const auto random = [&](const Shape& shape) { return to(normal(generator, shape, 0, 1, Dtype::f64), device); };
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    if (!sample.inputs[i].defined()) fail<ValueError>(where_, ": input ", i, " of the sample is undefined");
    const Tensor x = laid_out(copy(to(sample.inputs[i], device)), layout);
    const bool active = is_floating(x.dtype()) && !(op.arity >= 0 && op.is_constant(static_cast<int>(i)));
    if (active && x.dtype() != Dtype::f64) {
      fail<DtypeError>(where_, ": input ", i, " of the sample is ", x.dtype(), ", expected f64");
    }
    if (active) active_.push_back(static_cast<int>(i));
    tangents_.push_back(active ? Variable(random(x.shape())) : Variable());
    values_.emplace_back(x);
    metas_.emplace_back(x);
  }
  results_ = op_.apply(values_);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (!has_values(values_[i].value(), sample.inputs[i])) fail<GradError>(where_, ": forward overwrites input ", i);
  }
  for (std::size_t k = 0; k < results_.size(); ++k) {
    const Tensor& y = results_[k].value();
    const bool active = is_floating(y.dtype()) && !op.is_constant_output(static_cast<int>(k));
    result_metas_.emplace_back(y);
    cotangents_.push_back(active ? Variable(laid_out(random(y.shape()), layout)) : Variable());
  }
}

Inner Examination::against_cotangents(const std::vector<Variable>& ys) const {
  Inner sum;
  for (std::size_t k = 0; k < ys.size(); ++k) {
    if (cotangents_[k].defined() && ys[k].defined()) sum += inner(ys[k].value(), cotangents_[k].value());
  }
  return sum;
}

Inner Examination::moved(int i, double t) const {
  std::vector<Variable> x = values_;
  x[at(i)] = Variable(add(x[at(i)].value(), mul(tangents_[at(i)].value(), t)));
  return against_cotangents(op_.apply(x));
}

void Examination::check_fits(const char* rule, int i, const Variable& found, const Meta& expected) const {
  if (!found.defined()) fail<GradError>(where_, ": the ", rule, " of argument ", i, " is undefined");
  if (found.shape() != expected.shape) {
    fail<ShapeError>(where_, ": the ", rule, " of argument ", i, " has shape ", found.shape(), ", expected ",
                     expected.shape);
  }
}

bool Examination::has_elements(int i) const {
  const bool any = std::any_of(cotangents_.begin(), cotangents_.end(),
                               [](const Variable& u) { return u.defined() && u.numel() > 0; });
  return any && values_[at(i)].numel() > 0;
}

double Examination::scale(int i) const {
  double sum = magnitude(cotangent(i), values_[at(i)].value());
  for (std::size_t k = 0; k < results_.size(); ++k) {
    if (cotangents_[k].defined()) sum += magnitude(results_[k].value(), cotangents_[k].value());
  }
  return sum;
}

Inner Examination::pushed(int i, int wrong) const {
  RuleContext c = context();
  c.tangent = tangents_[at(i)];
  std::vector<Variable> ys = op_.jvp(i, c);
  if (ys.size() > results_.size()) {
    fail<ShapeError>(where_, ": the jvp of argument ", i, " has ", ys.size(), " tangents for ", results_.size(),
                     " outputs");
  }
  if (wrong >= 0) {
    const auto first =
        std::find_if(cotangents_.begin(), cotangents_.end(), [](const Variable& u) { return u.defined(); });
    ys[static_cast<std::size_t>(first - cotangents_.begin())] = op_.wrong(wrong, c);
  }
  for (std::size_t k = 0; k < ys.size(); ++k) {
    if (cotangents_[k].defined() && ys[k].defined()) check_fits("jvp", i, ys[k], result_metas_[k]);
  }
  return against_cotangents(ys);
}

Inner Examination::pulled(int i, int wrong) const {
  const Variable g = wrong < 0 ? op_.vjp(i, context()) : op_.wrong(wrong, context());
  check_fits("vjp", i, g, metas_[at(i)]);
  return inner(g.value(), tangents_[at(i)].value());
}

Tensor Examination::cotangent(int i) const {
  const Variable g = op_.vjp(i, context());
  check_fits("vjp", i, g, metas_[at(i)]);
  return g.value();
}

std::vector<Tensor> Examination::cotangents() const {
  std::vector<Tensor> all;
  for (int i : active_) all.push_back(cotangent(i));
  return all;
}

Variable Examination::weighted(const std::vector<Variable>& ys, Dtype rounded, Dtype computed) const {
  Variable total;
  for (std::size_t k = 0; k < ys.size(); ++k) {
    if (!cotangents_[k].defined()) continue;
    const Variable term = inner(ys[k], Variable(round_to(cotangents_[k].value(), rounded, computed)));
    total = total.defined() ? total + term : term;
  }
  return total;
}

Function Examination::as_function() const {
  return [this](std::span<const Variable> x) {
    std::vector<Variable> all = values_;
    for (std::size_t a = 0; a < active_.size(); ++a) all[at(active_[a])] = x[a];
    return weighted(op_.apply(all), Dtype::f64, Dtype::f64);
  };
}

std::vector<Tensor> Examination::active_inputs() const {
  std::vector<Tensor> inputs;
  for (int i : active_) inputs.push_back(values_[at(i)].value());
  return inputs;
}

std::vector<Tensor> Examination::outputs(Dtype rounded, Dtype computed) const {
  std::vector<Variable> none;
  return values_of(op_.apply(rounded_inputs({}, rounded, computed, none)));
}

/// The values, those in `wanted` as parameters, which are listed in `leaves`.
std::vector<Variable> Examination::rounded_inputs(std::span<const int> wanted, Dtype rounded, Dtype computed,
                                                  std::vector<Variable>& leaves) const {
  std::vector<Variable> x;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const Tensor value = round_to(values_[i].value(), rounded, computed);
    const bool is_wanted = std::find(wanted.begin(), wanted.end(), static_cast<int>(i)) != wanted.end();
    x.push_back(is_wanted ? parameter(value) : Variable(value));
    if (is_wanted) leaves.push_back(x.back());
  }
  return x;
}

std::vector<Tensor> Examination::gradients_by_output(Tensor (*change)(const Tensor&)) const {
  std::vector<Variable> leaves;
  const std::vector<Variable> ys = op_.apply(rounded_inputs(active_, Dtype::f64, Dtype::f64, leaves));
  std::vector<Tensor> sums;
  for (const Variable& x : leaves) sums.push_back(zeros_like(x.value()));
  for (std::size_t k = 0; k < ys.size(); ++k) {
    if (!cotangents_[k].defined()) continue;
    const auto part = grad(ys[k], leaves, {.cotangent = Variable(change(cotangents_[k].value()))});
    for (std::size_t a = 0; a < part.size(); ++a) add_into(sums[a], part[a].value());
  }
  return sums;
}

std::vector<Tensor> Examination::gradients(std::span<const int> wanted, Dtype rounded, Dtype computed,
                                           bool differentiable) const {
  std::vector<Variable> leaves;
  const std::vector<Variable> ys = op_.apply(rounded_inputs(wanted, rounded, computed, leaves));
  return values_of(grad(weighted(ys, rounded, computed), leaves, {.differentiable = differentiable}));
}

std::vector<Tensor> Examination::tangents(Dtype rounded, Dtype computed) const {
  std::vector<Variable> leaves, along, ys;
  const std::vector<Variable> all = op_.apply(rounded_inputs(active_, rounded, computed, leaves));
  for (int i : active_) along.emplace_back(round_to(tangents_[at(i)].value(), rounded, computed));
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (cotangents_[k].defined()) ys.push_back(all[k]);
  }
  return values_of(push_forward(ys, leaves, along));
}

}  // namespace cadena
