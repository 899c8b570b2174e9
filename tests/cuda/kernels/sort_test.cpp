#include "tensor/sort.h"

#include <limits>

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Tensors both(const Sorted& sorted) { return {sorted.values, sorted.indices}; }

TEST(CudaSort, StableAlongAnyAxisInEveryDtype) {
  Generator generator(1);
  for (const Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean}) {
    for (const Shape& shape : {Shape{1, 1}, Shape{3, 31}, Shape{5, 128}, Shape{129, 3}, Shape{2, 1000}}) {
      const Tensor x = cast(randint(generator, shape, -40, 40), dtype);  // with ties
      for (const bool descending : {false, true}) {
        expect_equal({x}, [&](const Tensors& in) { return both(sort(in[0], 1, descending)); });
        expect_equal({x}, [&](const Tensors& in) { return both(sort(in[0], 0, descending)); });
      }
    }
  }
}

TEST(CudaSort, MergesWhatOneBlockCannotHold) {
  Generator generator(2);
  const Tensor x = cast(randint(generator, {2, 5000}, -500, 500), Dtype::f32);
  expect_equal({x}, [](const Tensors& in) { return both(sort(in[0], 1, true)); });
  for (const i64 k : {i64{1}, i64{50}, i64{1024}, i64{1025}, i64{3000}}) {
    expect_equal({x}, [k](const Tensors& in) { return both(topk(in[0], k, 1)); });
  }
}

TEST(CudaSort, PutsNanLastAndTakesZerosAsEqual) {
  const Tensor x = tensor({{kNan, 0, -0.0, kInf, -kInf, 1}, {-0.0, 0, kNan, -1, kNan, 2}});
  for (const Dtype dtype : kFloats) {
    expect_equal({cast(x, dtype)}, [](const Tensors& in) { return both(sort(in[0], 1)); });
    expect_equal({cast(x, dtype)}, [](const Tensors& in) { return both(sort(in[0], 1, true)); });
  }
}

TEST(CudaSort, OrdersIntegersThatNoDoubleHolds) {
  const std::vector<i64> values{(i64{1} << 60) + 1, i64{1} << 60, std::numeric_limits<i64>::min(), -1,
                                std::numeric_limits<i64>::max()};
  const Tensor x = from_values(std::span<const i64>(values), {5});
  expect_equal({x}, [](const Tensors& in) { return argsort(in[0]); });
}

TEST(CudaSort, OfNothing) {
  expect_equal({zeros({3, 0})}, [](const Tensors& in) { return both(sort(in[0], 1)); });
  expect_equal({zeros({0, 3})}, [](const Tensors& in) { return both(topk(in[0], 2, 1)); });
  expect_equal({ones({2, 3})}, [](const Tensors& in) { return both(topk(in[0], 0, 1)); });
}

}  // namespace
}  // namespace cadena::parity
