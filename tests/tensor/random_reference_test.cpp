#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/random.h"
#include "tensor/views.h"

// The first values of every draw, against those that tests/reference/make_random.py computes from the definitions.

namespace cadena {
namespace {

using nlohmann::json;

double number(const json& j) {
  if (j.is_number()) return j.get<double>();
  return j == "-inf" ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
}

Tensor redraw(const json& draw) {
  Generator g(draw.at("seed").get<std::uint64_t>(), draw.at("stream").get<std::uint64_t>());
  const std::string name = draw.at("draw");
  const i64 n = static_cast<i64>(draw.at("values").size());
  std::vector<double> a;
  for (const json& j : draw.at("arguments")) a.push_back(number(j));
  const auto integer = [&](std::size_t i) { return static_cast<i64>(a[i]); };
  if (name == "uniform") return uniform(g, {n}, a[0], a[1], Dtype::f64);
  if (name == "normal") return normal(g, {n}, a[0], a[1], Dtype::f64);
  if (name == "truncated_normal") return truncated_normal(g, {n}, a[0], a[1], a[2], a[3], Dtype::f64);
  if (name == "randint") return randint(g, {n}, integer(0), integer(1));
  if (name == "bernoulli") return bernoulli(g, {n}, a[0]);
  if (name == "permutation") return permutation(g, integer(0));
  if (name == "categorical") {
    return categorical(g, from_values(std::span<const double>(a), {static_cast<i64>(a.size())}, Dtype::f64), n);
  }
  fail<ValueError>("no draw named ", name);
}

TEST(RandomReference, DrawsFollowTheirDefinitions) {
  std::ifstream file("tests/reference/random.json");
  ASSERT_TRUE(file) << "run tests/reference/make_random.py";
  const json reference = json::parse(file);
  for (const json& draw : reference.at("draws")) {
    SCOPED_TRACE(draw.at("draw").dump() + draw.at("arguments").dump());
    const std::vector<double> ours = redraw(draw).to_vector();
    const auto expected = draw.at("values").get<std::vector<double>>();
    ASSERT_EQ(ours.size(), expected.size());
    const bool through_logarithm = draw.at("draw").get<std::string>().ends_with("normal");  // its last bits may differ
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (through_logarithm) EXPECT_NEAR(ours[i], expected[i], 1e-14 * (1 + std::abs(expected[i]))) << i;
      else EXPECT_EQ(ours[i], expected[i]) << i;
    }
  }
}

}  // namespace
}  // namespace cadena
