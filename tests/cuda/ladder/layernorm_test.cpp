// Every step of the ladders of layer norm against f64.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/layernorm/steps.h"
#include "tests/cuda/drawn_sizes.h"

namespace cadena::cuda::ladder {
namespace {

constexpr double kU = 0x1p-24;  // what an operation on f32 rounds by, relatively

std::vector<float> random_values(std::size_t count, unsigned seed, float middle = 0) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(middle - 1, middle + 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(generator);
  return values;
}

// An array on the device that starts `offset` elements behind an aligned address, for 1e6 before it.
class Shifted {
 public:
  Shifted(std::vector<float> values, std::size_t offset) : offset_(offset), array_(with_front(std::move(values))) {}
  float* data() const { return array_.data() + offset_; }
  std::vector<float> to_host() const {
    std::vector<float> values = array_.to_host();
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(offset_));
    return values;
  }

 private:
  std::vector<float> with_front(std::vector<float> values) const {
    values.insert(values.begin(), offset_, 1e6f);
    return values;
  }
  std::size_t offset_;
  DeviceArray<float> array_;
};

std::vector<float> nans(std::size_t count) { return std::vector<float>(count, std::nanf("")); }

struct Case {
  int rows, columns;
  float middle = 0;  // of x
  std::size_t offset = 0;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.rows << " x " << c.columns << " around " << c.middle << ", offset " << c.offset;
}

// Sizes at the edges of what the steps do, and drawn ones.
std::vector<Case> cases() {
  std::vector<Case> result{{1, 1},          {3, 31},        {33, 32},       {31, 33},      {5, 127},
                           {129, 128},      {40, 129},      {65, 1000},     {3, 1028},     {2, 2052},
                           {2, 4097},       {1, 8196},      {300, 4},       {2, 64, 9},    {3, 65, 9},
                           {2, 4100, 1000}, {3, 256, 0, 1}, {3, 256, 0, 4}, {3, 257, 0, 1}};
  support::Drawn draw(5);
  for (int i = 0; i < support::draws(4); ++i) {
    const int rows = draw.size(1, 150), columns = draw.coin() ? draw.size(1, 1000) : draw.between(1, 5000);
    result.push_back({rows, columns, 0, static_cast<std::size_t>(draw.between(0, 4))});
  }
  return result;
}

// How many numbers are added one after the other: a thread's share of a row, then some twenty of warps and block; L1
// has one thread for the row.
int depth(const std::string& step, int columns) { return step == "L1" ? columns : columns / 256 + 30; }

class LayerNormStep : public testing::TestWithParam<Step<LayerNorm>> {};

// The mean is off by d u mean |x|, d the number of additions that follow each other; the variance relatively by d u,
// and by the square of what the mean is off by. Around them some ten single roundings.
TEST_P(LayerNormStep, NormalizesRowsOfAnySize) {
  for (const Case& test : cases()) {
    const int rows = test.rows, columns = test.columns;
    const std::vector<float> x = random_values(at(rows, 0, columns), 1, test.middle);
    const std::vector<float> w = random_values(at(1, 0, columns), 2), b = random_values(at(1, 0, columns), 3);
    const Shifted dx(x, test.offset), dw(w, test.offset), db(b, test.offset), dy(nans(x.size()), test.offset);
    const DeviceArray<float> mean(nans(at(rows, 0, 1))), rstd(nans(at(rows, 0, 1)));
    GetParam().run({.rows = rows,
                    .columns = columns,
                    .eps = 1e-3f,
                    .x = dx.data(),
                    .weight = dw.data(),
                    .bias = db.data(),
                    .y = dy.data(),
                    .mean = mean.data(),
                    .rstd = rstd.data(),
                    .stream = nullptr});
    check(cudaDeviceSynchronize(), "running the step");

    const std::vector<float> got = dy.to_host(), means = mean.to_host(), rstds = rstd.to_host();
    const double roundings = (depth(GetParam().id, columns) + 12) * kU;
    for (int r = 0; r < rows; ++r) {
      double sum = 0, magnitude = 0, squares = 0;
      for (int c = 0; c < columns; ++c) sum += x[at(r, c, columns)], magnitude += std::fabs(x[at(r, c, columns)]);
      const double m = sum / columns, off = roundings * magnitude / columns;
      for (int c = 0; c < columns; ++c) squares += std::pow(x[at(r, c, columns)] - m, 2);
      const double rho = 1 / std::sqrt(squares / columns + static_cast<double>(1e-3f));
      const double relative = roundings + std::pow(off * rho, 2);
      const auto row = static_cast<std::size_t>(r);
      ASSERT_LE(std::fabs(means[row] - m), off) << test << " in row " << r;
      ASSERT_LE(std::fabs(rstds[row] - rho), relative * rho) << test << " in row " << r;
      for (int c = 0; c < columns; ++c) {
        const auto column = static_cast<std::size_t>(c);
        const double distance = (x[at(r, c, columns)] - m) * rho, exact = distance * w[column] + b[column];
        const double bound = std::fabs(w[column]) * (std::fabs(distance) * relative + off * rho) +
                             2 * kU * (std::fabs(exact) + std::fabs(b[column]));
        ASSERT_LE(std::fabs(got[at(r, c, columns)] - exact), bound) << test << " at " << r << ", " << c;
      }
    }
  }
}

TEST_P(LayerNormStep, TakesNothing) {
  const DeviceArray<float> nothing(std::vector<float>{});
  for (const auto& [rows, columns] : {std::pair{0, 7}, std::pair{0, 0}, std::pair{5, 0}}) {
    EXPECT_NO_THROW(GetParam().run({.rows = rows, .columns = columns, .x = nothing.data(), .y = nothing.data()}));
    check(cudaDeviceSynchronize(), "running the step");
  }
}

INSTANTIATE_TEST_SUITE_P(Ladder, LayerNormStep, testing::ValuesIn(layer_norm_steps().begin(), layer_norm_steps().end()),
                         [](const auto& step) { return std::string(step.param.id); });

// The results of a backward step.
struct Gradient {
  std::vector<float> dx, dweight, dbias;
};

struct GradientInputs {
  std::vector<float> dy, x, weight, mean, rstd;

  explicit GradientInputs(const Case& test)
      : dy(random_values(at(test.rows, 0, test.columns), 4)),
        x(random_values(at(test.rows, 0, test.columns), 5, test.middle)),
        weight(random_values(at(1, 0, test.columns), 6)) {
    for (int r = 0; r < test.rows; ++r) {
      double sum = 0, squares = 0;
      for (int c = 0; c < test.columns; ++c) sum += x[at(r, c, test.columns)];
      mean.push_back(static_cast<float>(sum / test.columns));
      for (int c = 0; c < test.columns; ++c) squares += std::pow(x[at(r, c, test.columns)] - mean.back(), 2);
      rstd.push_back(static_cast<float>(1 / std::sqrt(squares / test.columns + 1e-3)));
    }
  }
};

Gradient gradient_by(const Step<LayerNormGradient>& step, const Case& test, const GradientInputs& in) {
  const Shifted dy(in.dy, test.offset), x(in.x, test.offset), weight(in.weight, test.offset);
  const Shifted dx(nans(in.x.size()), test.offset);
  const DeviceArray<float> mean(in.mean), rstd(in.rstd), dweight(nans(in.weight.size())), dbias(nans(in.weight.size()));
  const DeviceArray<float> slabs(nans(2 * kLayerNormSlabs * in.weight.size()));
  step.run({.rows = test.rows,
            .columns = test.columns,
            .dy = dy.data(),
            .x = x.data(),
            .weight = weight.data(),
            .mean = mean.data(),
            .rstd = rstd.data(),
            .dx = dx.data(),
            .dweight = dweight.data(),
            .dbias = dbias.data(),
            .slabs = slabs.data(),
            .stream = nullptr});
  check(cudaDeviceSynchronize(), "running the step");
  return {dx.to_host(), dweight.to_host(), dbias.to_host()};
}

class LayerNormGradientStep : public testing::TestWithParam<Step<LayerNormGradient>> {};

// A sum of d terms one after the other is off by (d + roundings of a term) u times the sum of their magnitudes.
TEST_P(LayerNormGradientStep, IsRightForRowsOfAnySize) {
  for (const Case& test : cases()) {
    const int rows = test.rows, columns = test.columns;
    const GradientInputs in(test);
    const Gradient got = gradient_by(GetParam(), test, in);
    const int rounded = columns / 256 + 45;
    const double roundings = rounded * kU;
    std::vector<double> dw(in.weight.size()), db(in.weight.size()), dw_terms(in.weight.size()),
        db_terms(in.weight.size());
    for (int r = 0; r < rows; ++r) {
      const double mean = in.mean[static_cast<std::size_t>(r)], rstd = in.rstd[static_cast<std::size_t>(r)];
      const auto normalized = [&](int c) { return (in.x[at(r, c, columns)] - mean) * rstd; };
      const auto g = [&](int c) { return static_cast<double>(in.dy[at(r, c, columns)]) * in.weight[std::size_t(c)]; };
      double sum_g = 0, sum_gx = 0, terms_g = 0, terms_gx = 0;
      for (int c = 0; c < columns; ++c) {
        const auto column = static_cast<std::size_t>(c);
        const double dy = in.dy[at(r, c, columns)], term = dy * normalized(c);
        sum_g += g(c), terms_g += std::fabs(g(c));
        sum_gx += g(c) * normalized(c), terms_gx += std::fabs(g(c) * normalized(c));
        dw[column] += term, dw_terms[column] += std::fabs(term);
        db[column] += dy, db_terms[column] += std::fabs(dy);
      }
      for (int c = 0; c < columns; ++c) {
        const double exact = rstd * (g(c) - sum_g / columns - normalized(c) * sum_gx / columns);
        const double terms = std::fabs(g(c)) + terms_g / columns + std::fabs(normalized(c)) * terms_gx / columns;
        ASSERT_LE(std::fabs(got.dx[at(r, c, columns)] - exact), roundings * rstd * terms)
            << test << ": dx at " << r << ", " << c;
      }
    }
    for (std::size_t c = 0; c < dw.size(); ++c) {
      ASSERT_LE(std::fabs(got.dweight[c] - dw[c]), (rows + 4) * kU * dw_terms[c]) << test << ": dw of column " << c;
      ASSERT_LE(std::fabs(got.dbias[c] - db[c]), rows * kU * db_terms[c]) << test << ": db of column " << c;
    }
  }
}

TEST_P(LayerNormGradientStep, OfNoRowsIsZero) {
  const Case nothing{0, 5};
  const Gradient got = gradient_by(GetParam(), nothing, GradientInputs(nothing));
  EXPECT_EQ(got.dweight, std::vector<float>(5, 0));
  EXPECT_EQ(got.dbias, std::vector<float>(5, 0));
  const Case narrow{5, 0};
  EXPECT_TRUE(gradient_by(GetParam(), narrow, GradientInputs(narrow)).dx.empty());
}

INSTANTIATE_TEST_SUITE_P(Ladder, LayerNormGradientStep,
                         testing::ValuesIn(layer_norm_gradient_steps().begin(), layer_norm_gradient_steps().end()),
                         [](const auto& step) { return std::string(step.param.id); });

TEST(LayerNormLadder, CutsTallMatricesIntoTallSlabs) {
  EXPECT_EQ(layer_norm_slab_rows(1, 32), 32);
  EXPECT_EQ(layer_norm_slab_rows(32 * kLayerNormSlabs, 32), 32);
  EXPECT_EQ(layer_norm_slab_rows(32 * kLayerNormSlabs + 1, 32), 33);
  for (const int rows : {1, 1000, 70001, 2147483647}) {
    EXPECT_LE(tiles(rows, layer_norm_slab_rows(rows, 64)), kLayerNormSlabs) << rows;
  }
}

// Added in other orders, these terms give other last digits; from LB2 on there is one order, whatever the seed of the
// emulator and the number of its threads.
TEST(LayerNormLadder, GivesTheSameGradientToTheBit) {
  const Case test{300, 40};
  const GradientInputs in(test);
  for (const char* id : {"LB2", "LB3"}) {
    const auto& step = find_step(layer_norm_gradient_steps(), id);
    const Gradient first = gradient_by(step, test, in);
    for (int i = 0; i < 3; ++i) {
      const Gradient again = gradient_by(step, test, in);
      EXPECT_EQ(again.dweight, first.dweight) << id;
      EXPECT_EQ(again.dbias, first.dbias) << id;
    }
  }
}

}  // namespace
}  // namespace cadena::cuda::ladder
