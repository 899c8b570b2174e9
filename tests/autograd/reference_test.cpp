#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "autograd/ops.h"
#include "tests/support/tensor_json.h"

// Outputs and gradients of every sample of every op against the values that tests/reference/make_ops.py computes with
// PyTorch, NumPy and SciPy in f64.

namespace cadena {
namespace {

using nlohmann::json;

/// Draws go through the machine's logarithm and cosine, whose last bits may differ; more than that is another sample.
constexpr double kSameInput = 1e-13;

/// max |a - b| / max |b|; infinite for NaN, for an infinity that is not the same in both, and for different shapes.
double distance(const Tensor& a, const Tensor& b) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (a.shape() != b.shape()) return kInf;
  const std::vector<double> u = a.to_vector(), v = b.to_vector();
  double error = 0, size = 1e-4;  // a tensor of zeros that rounding left at 1e-16 is still right
  for (std::size_t i = 0; i < u.size(); ++i) {
    if (std::isinf(v[i]) && u[i] == v[i]) continue;
    const double d = std::abs(u[i] - v[i]);
    error = std::isfinite(d) ? std::max(error, d) : kInf;
    size = std::max(size, std::abs(v[i]));
  }
  return error / size;
}

std::string command(const char* op) { return concat("run tests/reference/make_ops.py ", op); }

json read_reference(const char* op) {
  const std::filesystem::path path = std::filesystem::path("tests/reference/values") / (std::string(op) + ".json");
  std::ifstream file(path);
  if (!file) return nullptr;
  return json::parse(file);
}

bool is_active(const OpEntry& op, std::size_t i, const Tensor& x) {
  return is_floating(x.dtype()) && !(op.arity >= 0 && op.is_constant(static_cast<int>(i)));
}

/// True if the values were computed for these inputs, and for gradients with respect to the same of them.
bool is_current(const OpEntry& op, const ErasedSample& sample, const json& recorded) {
  const json &inputs = recorded.at("inputs"), &gradients = recorded.at("gradients");
  if (inputs.size() != sample.inputs.size()) return false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &x = sample.inputs[i], then = tensor_from_json(inputs[i]);
    if (then.dtype() != x.dtype() || !(distance(then, x) <= kSameInput)) return false;
    if (gradients.at(i).is_null() == is_active(op, i, x)) return false;
  }
  return true;
}

void expect_equal(const char* what, std::size_t index, const Tensor& ours, const json& reference, double tolerance) {
  const Tensor expected = tensor_from_json(reference);
  EXPECT_EQ(ours.dtype(), expected.dtype()) << what << ' ' << index;
  EXPECT_LE(distance(ours, expected), is_floating(expected.dtype()) ? tolerance : 0)
      << what << ' ' << index << ": " << to_json(ours).dump() << ", expected " << reference.dump();
}

void compare(const ErasedSample& sample, const json& recorded, double tolerance) {
  const json& gradients = recorded.at("gradients");
  std::vector<Variable> inputs, active;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Tensor x = tensor_from_json(recorded.at("inputs")[i]);
    inputs.push_back(gradients[i].is_null() ? Variable(x) : parameter(x));
    if (gradients[i].is_null()) continue;
    active.push_back(inputs.back());
    index.push_back(i);
  }

  const std::vector<Variable> outputs = sample.op->apply(inputs);
  ASSERT_EQ(outputs.size(), recorded.at("outputs").size());
  Variable weighted;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    expect_equal("output", k, outputs[k].value(), recorded.at("outputs")[k], tolerance);
    const json& cotangent = recorded.at("cotangents")[k];
    if (cotangent.is_null()) continue;
    const Variable term = inner(outputs[k], Variable(tensor_from_json(cotangent)));
    weighted = weighted.defined() ? weighted + term : term;
  }
  if (active.empty()) return;
  ASSERT_TRUE(weighted.defined());
  const std::vector<Variable> ours = grad(weighted, active);
  for (std::size_t a = 0; a < active.size(); ++a) {
    expect_equal("gradient of argument", index[a], ours[a].value(), gradients[index[a]], tolerance);
  }
}

class Reference : public testing::TestWithParam<const OpEntry*> {};

TEST_P(Reference, AgreesInOutputsAndGradients) {
  const OpEntry& op = *GetParam();
  const json reference = read_reference(op.name);
  ASSERT_FALSE(reference.is_null()) << op.name << " has no reference values: " << command(op.name);
  const double tolerance = reference.at("tolerance").get<double>();
  const std::vector<ErasedSample> samples = op.samples();
  const json& recorded = reference.at("samples");
  EXPECT_FALSE(samples.empty()) << op.name << " has no samples";
  EXPECT_EQ(recorded.size(), samples.size()) << "stale: " << command(op.name);
  for (const ErasedSample& sample : samples) {
    SCOPED_TRACE(concat(op.name, "(", sample.label, ")"));
    const auto found =
        std::find_if(recorded.begin(), recorded.end(), [&](const json& r) { return r.at("label") == sample.label; });
    if (found == recorded.end()) {
      ADD_FAILURE() << "no reference values for this sample: " << command(op.name);
    } else if (!is_current(op, sample, *found)) {
      ADD_FAILURE() << "stale, the sample has changed: " << command(op.name);
    } else {
      compare(sample, *found, tolerance);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, Reference, testing::ValuesIn(ops().begin(), ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace cadena
