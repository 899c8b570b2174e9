#include "tests/nn/reference.h"

#include <fstream>
#include <stdexcept>

#include "autograd/engine.h"
#include "tests/support/expect_values.h"
#include "tests/support/tensor_json.h"

namespace cadena::support {
namespace {

using Json = nlohmann::json;

const Json& reference() {
  static const Json values = [] {
    std::ifstream file("tests/reference/nn.json");
    if (!file) throw std::runtime_error("tests/reference/nn.json: cannot be read");
    return Json::parse(file);
  }();
  return values;
}

std::vector<Tensor> tensors(const Json& list) {
  std::vector<Tensor> all;
  for (const Json& x : list) all.push_back(x.is_null() ? Tensor() : tensor_from_json(x));
  return all;
}

std::vector<Variable> leaves(const std::vector<Tensor>& values) {
  std::vector<Variable> all;
  for (const Tensor& x : values) all.push_back(is_floating(x.dtype()) ? parameter(x) : Variable(x));
  return all;
}

/// Gives the module the state of the case: all its parameters, and the buffers that PyTorch has too.
void load(nn::Module& module, const Json& state) {
  module.to(Dtype::f64);
  for (const auto& [name, value] : module.named_parameters()) {
    EXPECT_TRUE(state.contains(name)) << name << " has no reference";
  }
  auto values = module.state_dict();
  for (const auto& [name, value] : state.items()) values.insert_or_assign(name, tensor_from_json(value));
  module.load_state_dict(values);
}

}  // namespace

void expect_pytorch(const std::string& name, nn::Module& module, const Run& run, double tolerance) {
  SCOPED_TRACE(name);
  const Json& expected = reference().at("layers").at(name);
  load(module, expected.at("state"));
  const std::vector<Variable> inputs = leaves(tensors(expected.at("inputs")));
  const std::vector<Variable> outputs = run(inputs);
  const std::vector<Tensor> values = tensors(expected.at("outputs")), cotangents = tensors(expected.at("cotangents"));
  ASSERT_EQ(outputs.size(), values.size());

  module.zero_grad();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    SCOPED_TRACE("output " + std::to_string(i));
    expect_values(outputs[i].value(), values[i], tolerance);
    outputs[i].backward(cotangents[i], {.retain = true});
  }
  const std::vector<Tensor> input_gradients = tensors(expected.at("input_gradients"));
  ASSERT_EQ(inputs.size(), input_gradients.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    SCOPED_TRACE("gradient of input " + std::to_string(i));
    if (!input_gradients[i].defined()) continue;
    ASSERT_TRUE(inputs[i].grad().defined());
    expect_values(inputs[i].grad(), input_gradients[i], tolerance);
  }
  const Json& parameter_gradients = expected.at("parameter_gradients");
  const nn::Module::Named parameters = module.named_parameters();
  ASSERT_EQ(parameters.size(), parameter_gradients.size());
  for (const auto& [path, value] : parameters) {
    SCOPED_TRACE("gradient of " + path);
    ASSERT_TRUE(value.grad().defined());
    expect_values(value.grad(), tensor_from_json(parameter_gradients.at(path)), tolerance);
  }
  if (!expected.contains("state_after")) return;
  const auto after = module.state_dict();
  for (const auto& [path, value] : expected.at("state_after").items()) {
    SCOPED_TRACE(path + " afterwards");
    expect_values(after.at(path), tensor_from_json(value), tolerance);
  }
}

void expect_pytorch(const std::string& name, nn::Layer& layer, double tolerance) {
  expect_pytorch(
      name, layer, [&](const std::vector<Variable>& inputs) { return std::vector{layer(inputs.at(0))}; }, tolerance);
}

void expect_pytorch_loss(const std::string& name, const LossRun& run, double tolerance) {
  SCOPED_TRACE(name);
  const Json& expected = reference().at("losses").at(name);
  const std::vector<Tensor> constants = tensors(expected.at("constants"));
  const std::pair<const char*, nn::Reduction> reductions[] = {
      {"mean", nn::Reduction::mean}, {"sum", nn::Reduction::sum}, {"none", nn::Reduction::none}};
  for (const auto& [text, reduction] : reductions) {
    SCOPED_TRACE(text);
    const Json& one = expected.at(text);
    const std::vector<Variable> inputs = leaves(tensors(expected.at("inputs")));
    const Variable y = run(inputs, constants, reduction);
    expect_values(y.value(), tensor_from_json(one.at("value")), tolerance);
    const std::vector<Variable> found = grad(y, inputs, {.cotangent = Variable(tensor_from_json(one.at("cotangent")))});
    const std::vector<Tensor> gradients = tensors(one.at("gradients"));
    ASSERT_EQ(found.size(), gradients.size());
    for (std::size_t i = 0; i < found.size(); ++i) expect_values(found[i].value(), gradients[i], tolerance);
  }
}

}  // namespace cadena::support
