// Writes the samples of every op, and cotangents for them, as JSON: what make_ops.py recomputes.
// Usage: cadena_dump_samples FILE

#include <cmath>
#include <fstream>
#include <iostream>

#include "autograd/ops.h"
#include "autograd/samples.h"
#include "tests/support/tensor_json.h"

namespace cadena {
namespace {

/// Normal values rounded to sixty-fourths: short to write, and the same on every machine.
Tensor cotangent(Draw& draw, const Shape& shape) {
  std::vector<double> values = draw.normal(shape).to_vector();
  for (double& v : values) v = std::round(v * 64) / 64;
  return from_values(std::span<const double>(values), shape, Dtype::f64);
}

nlohmann::json sample_json(const OpEntry& op, const ErasedSample& sample) {
  nlohmann::json inputs = nlohmann::json::array(), active = nlohmann::json::array(), cotangents = active;
  std::vector<Variable> values;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    const Tensor& x = sample.inputs[i];
    inputs.push_back(to_json(x));
    active.push_back(is_floating(x.dtype()) && !(op.arity >= 0 && op.is_constant(static_cast<int>(i))));
    values.emplace_back(x);
  }
  Draw draw(std::string("cotangents of ") + op.name + "(" + sample.label + ")");
  int k = 0;
  for (const Variable& y : sample.op->apply(values)) {
    if (is_floating(y.dtype()) && !op.is_constant_output(k)) cotangents.push_back(to_json(cotangent(draw, y.shape())));
    else cotangents.push_back(nullptr);
    ++k;
  }
  return {{"label", sample.label}, {"inputs", inputs}, {"active", active}, {"cotangents", cotangents}};
}

nlohmann::json all_samples() {
  nlohmann::json file = nlohmann::json::object();
  for (const OpEntry* op : ops()) {
    nlohmann::json samples = nlohmann::json::array();
    for (const ErasedSample& sample : op->samples()) samples.push_back(sample_json(*op, sample));
    file[op->name] = std::move(samples);
  }
  return file;
}

}  // namespace
}  // namespace cadena

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: cadena_dump_samples FILE\n";
    return 2;
  }
  try {
    std::ofstream out(argv[1]);
    out << cadena::all_samples().dump() << '\n';
    if (!out.flush()) throw std::runtime_error(std::string("cannot write ") + argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "cadena_dump_samples: " << error.what() << '\n';
    return 1;
  }
}
