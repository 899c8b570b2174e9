#include "nn/module.h"

#include <algorithm>
#include <array>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/io/file.h"
#include "tensor/io/safetensors.h"

namespace cadena::nn {
namespace {

std::string join(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

/// "a, b, c", or "nothing".
std::string listed(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) text += (text.empty() ? "" : ", ") + entry;
  return text.empty() ? "nothing" : text;
}

/// "weight (10, 32), bias (10,)"
std::string shapes_of(const Module::Named& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) text += concat(text.empty() ? "" : ", ", name, " ", value.shape());
  return text;
}

/// The mode of every module of a tree, parents first.
void note_modes(Module& module, std::vector<std::pair<Module*, bool>>& modes) {
  modes.emplace_back(&module, module.is_training());
  for (const auto& [name, child] : module.children()) note_modes(*child, modes);
}

bool has_name(const auto& entries, const std::string& name) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == name; });
}

}  // namespace

void Module::check_name(const std::string& name) const {
  if (name.empty() || name.find('.') != std::string::npos) {
    fail<ValueError>(description(), ": the name \"", name, "\" is empty or has a dot");
  }
  if (has_name(parameters_, name) || has_name(buffers_, name) || has_name(children_, name)) {
    fail<ValueError>(description(), ": the name \"", name, "\" is taken");
  }
}

void Module::add(std::string name, Module& child) {
  check_name(name);
  child.visit("", [&](const std::string&, const Module& below) {
    if (&below == this) fail<ValueError>(description(), ": \"", name, "\" would be below itself");
  });
  for (const auto& [other, module] : children_) {
    if (module == &child) fail<ValueError>(description(), ": \"", name, "\" is already there as \"", other, "\"");
  }
  children_.emplace_back(std::move(name), &child);
}

Variable Module::add_parameter(std::string name, Tensor value) {
  check_name(name);
  return parameters_.emplace_back(std::move(name), parameter(std::move(value))).second;
}

void Module::tie_parameter(std::string name, const Variable& shared) {
  check_name(name);
  parameters_.emplace_back(std::move(name), shared);
}

Variable Module::add_buffer(std::string name, Tensor value) {
  check_name(name);
  return buffers_.emplace_back(std::move(name), Variable(std::move(value))).second;
}

void Module::visit(const std::string& path, const Visitor& f) const {
  f(path, *this);
  for (const auto& [name, child] : children_) child->visit(join(path, name), f);
}

Module::Named Module::collect(const Module& root, Named Module::*list) {
  Named all;
  root.visit("", [&](const std::string& path, const Module& module) {
    for (const auto& [name, value] : module.*list) {
      const auto is_tied = [&v = value](const auto& entry) { return entry.second.is_handle_of(v); };
      if (std::none_of(all.begin(), all.end(), is_tied)) all.emplace_back(join(path, name), value);
    }
  });
  return all;
}

Module::Named Module::named_parameters() const { return collect(*this, &Module::parameters_); }

Module::Named Module::named_buffers() const { return collect(*this, &Module::buffers_); }

std::vector<Variable> Module::parameters() const {
  std::vector<Variable> values;
  for (const auto& [name, value] : named_parameters()) values.push_back(value);
  return values;
}

std::vector<Variable> Module::trained_parameters() const {
  std::vector<Variable> values = parameters();
  std::erase_if(values, [](const Variable& p) { return !p.requires_grad(); });
  return values;
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& [name, child] : children_) child->train(on);
}

void Module::to(Dtype dtype) {
  if (!is_floating(dtype)) fail<DtypeError>(description(), ": cannot hold parameters in ", dtype);
  Named all = named_parameters();
  for (const auto& entry : named_buffers()) {
    if (is_floating(entry.second.dtype())) all.push_back(entry);
  }
  for (const auto& [name, value] : all) value.set_value(cast(value.value(), dtype));
}

void Module::to(Device device) {
  for (const auto& [name, value] : named_parameters()) value.set_value(cadena::to(value.value(), device));
  for (const auto& [name, value] : named_buffers()) value.set_value(cadena::to(value.value(), device));
}

void Module::to(Device device, Dtype dtype) {
  to(dtype);
  to(device);
}

void Module::freeze() {
  for (const Variable& p : parameters()) p.set_requires_grad(false);
}

void Module::unfreeze() {
  for (const Variable& p : parameters()) p.set_requires_grad(true);
}

void Module::zero_grad() const {
  for (const Variable& p : parameters()) {
    if (p.requires_grad()) p.zero_grad();
  }
}

i64 Module::parameter_count() const {
  i64 count = 0;
  for (const Variable& p : parameters()) count += p.numel();
  return count;
}

std::map<std::string, Tensor> Module::state_dict() const {
  std::map<std::string, Tensor> state;
  for (const auto& [name, value] : named_parameters()) state.emplace(name, copy(value.value()));
  for (const auto& [name, value] : named_buffers()) state.emplace(name, copy(value.value()));
  return state;
}

void Module::load_state_dict(const std::map<std::string, Tensor>& state) {
  Named all = named_parameters();
  for (const auto& entry : named_buffers()) all.push_back(entry);

  std::vector<std::string> missing, unknown, misshapen, mistyped;
  for (const auto& [name, value] : all) {
    const auto found = state.find(name);
    if (found == state.end() || !found->second.defined()) {
      missing.push_back(name);
      continue;
    }
    const Tensor& given = found->second;
    if (given.shape() != value.shape()) {
      misshapen.push_back(concat(name, " has shape ", given.shape(), ", expected ", value.shape()));
    } else if (given.dtype() != value.dtype() && !(is_floating(given.dtype()) && is_floating(value.dtype()))) {
      mistyped.push_back(concat(name, " is ", given.dtype(), ", expected ", value.dtype()));
    }
  }
  for (const auto& [name, tensor] : state) {
    if (!has_name(all, name)) unknown.push_back(printable(name));
  }
  if (!missing.empty() || !unknown.empty()) {
    fail<ValueError>("load_state_dict: missing: ", listed(missing), "; unknown: ", listed(unknown));
  }
  if (!misshapen.empty()) fail<ShapeError>("load_state_dict: ", listed(misshapen));
  if (!mistyped.empty()) fail<DtypeError>("load_state_dict: ", listed(mistyped));

  // All copies are made before the first value is replaced: memory may run out, and the state may be views of values.
  std::vector<Tensor> loaded;
  for (const auto& [name, value] : all) {
    const Tensor given = cadena::to(cast(state.at(name), value.dtype()), value.device());
    loaded.push_back(given.is_same(state.at(name)) ? copy(given) : given);
  }
  for (std::size_t i = 0; i < all.size(); ++i) all[i].second.set_value(std::move(loaded[i]));
}

void Module::save(const std::string& path) const { save_safetensors(path, state_dict()); }

void Module::load(const std::string& path) { load_state_dict(load_safetensors(path).tensors); }

std::string Module::summary() const {
  using Row = std::array<std::string, 4>;
  std::vector<Row> rows{{"name", "layer", "parameters", "count"}};
  visit("", [&](const std::string& path, const Module& module) {
    i64 count = 0;
    for (const auto& [name, value] : module.parameters_) count += value.numel();
    rows.push_back({path.empty() ? "(root)" : path, module.description(), shapes_of(module.parameters_),
                    count == 0 ? "" : std::to_string(count)});
  });
  std::array<std::size_t, 4> widths{};
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], row[column].size());
    }
  }
  std::string table;
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string space(widths[column] - row[column].size(), ' ');
      const bool is_number = column == 3;
      table += (column == 0 ? "" : "  ") + (is_number ? space + row[column] : row[column] + space);
    }
    table.erase(table.find_last_not_of(' ') + 1);
    table += "\n";
  }
  i64 trained = 0;
  for (const Variable& p : trained_parameters()) trained += p.numel();
  table += concat("total parameters: ", parameter_count());
  if (trained != parameter_count()) table += concat(", trained: ", trained);
  return table + "\n";
}

Evaluating::Evaluating(Module& module) {
  note_modes(module, was_training_);
  module.eval();
}

Evaluating::~Evaluating() {
  for (const auto& [module, was_training] : was_training_) module->train(was_training);
}

}  // namespace cadena::nn
