// Every step of the transpose ladder, element for element.
#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/transpose/steps.h"
#include "tests/cuda/drawn_sizes.h"

namespace cadena::cuda::ladder {
namespace {

class TransposeStep : public testing::TestWithParam<Step<Transpose>> {
 protected:
  static void expect_moved(int rows, int columns) {
    std::vector<float> values(at(rows, 0, columns));
    std::iota(values.begin(), values.end(), 1.0f);
    const DeviceArray<float> in(values);
    const DeviceArray<float> out(std::vector<float>(values.size(), std::numeric_limits<float>::quiet_NaN()));
    GetParam().run({.rows = rows, .columns = columns, .in = in.data(), .out = out.data(), .stream = nullptr});
    check(cudaDeviceSynchronize(), "running the step");

    const std::vector<float> got = out.to_host();
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) {
        ASSERT_EQ(got[at(c, r, rows)], values[at(r, c, columns)])
            << rows << " x " << columns << " at " << r << ", " << c;
      }
    }
  }
};

TEST_P(TransposeStep, MovesEveryElementToItsPlace) {
  for (const int rows : {0, 1, 4, 31, 32, 33, 64, 127, 129}) {
    for (const int columns : {0, 1, 4, 31, 32, 33, 64, 127, 129}) ASSERT_NO_FATAL_FAILURE(expect_moved(rows, columns));
  }
}

TEST_P(TransposeStep, MovesElementsOfDrawnSizes) {
  support::Drawn draw(4);
  for (int i = 0; i < support::draws(4); ++i) {
    const int rows = draw.size(0, 300), columns = draw.size(0, 300);
    ASSERT_NO_FATAL_FAILURE(expect_moved(rows, columns));
  }
}

INSTANTIATE_TEST_SUITE_P(Ladder, TransposeStep, testing::ValuesIn(transpose_steps().begin(), transpose_steps().end()),
                         [](const auto& step) { return std::string(step.param.id); });

}  // namespace
}  // namespace cadena::cuda::ladder
