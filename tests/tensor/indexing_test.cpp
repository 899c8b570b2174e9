#include "tensor/indexing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/parallel.h"
#include "tensor/factories.h"
#include "tensor/random.h"
#include "tensor/views.h"

// Expected values: NumPy 1.24.2 (take, argwhere, add.at) and PyTorch 1.13 (gather, scatter, index_add, one_hot).
namespace cadena {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

constexpr Dtype kEveryDtype[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean};

Tensor counting(const Shape& shape, Dtype dtype = Dtype::f32) {
  return reshape(arange(0, shape.numel(), 1, dtype), shape);
}
Tensor positions(std::initializer_list<Nested> values) { return tensor(values, Dtype::i64); }

/// The same values as x, stored column by column and backwards.
Tensor strided(const Tensor& x) {
  Tensor y = flip(copy(flip(x)));
  return x.rank() < 2 ? y : transpose(copy(transpose(y)));
}

TEST(IndexSelect, ReplacesTheAxisByThoseOfTheIndex) {
  const Tensor x = counting({3, 4});
  const Tensor at = positions({{2, -1}, {0, 0}});
  const Values expected{2, 3, 0, 0, 6, 7, 4, 4, 10, 11, 8, 8};
  EXPECT_EQ(index_select(x, at, 1).shape(), (Shape{3, 2, 2}));
  EXPECT_EQ(index_select(x, at, 1).to_vector(), expected);
  EXPECT_EQ(index_select(strided(x), strided(at), -1).to_vector(), expected);
  EXPECT_EQ(index_select(x, positions({2, 0}), 0).to_vector(), (Values{8, 9, 10, 11, 0, 1, 2, 3}));
  EXPECT_EQ(index_select(x, tensor(-1, Dtype::i64), 0).to_vector(), (Values{8, 9, 10, 11}));
  EXPECT_EQ(index_select(x, zeros({0}, Dtype::i64), 0).shape(), (Shape{0, 4}));
  EXPECT_EQ(index_select(zeros({3, 0}), positions({1}), 0).shape(), (Shape{1, 0}));
}

TEST(IndexSelect, ServesEveryDtype) {
  for (Dtype dtype : kEveryDtype) {
    const Tensor y = index_select(tensor({0, 1, 1}, dtype), positions({1, 0}), 0);
    EXPECT_EQ(y.dtype(), dtype);
    EXPECT_EQ(y.to_vector(), (Values{1, 0}));
  }
}

TEST(Indices, OutOfRangeAreNamed) {
  const Tensor x = zeros({3, 4});
  EXPECT_THAT(
      [&] {
        index_select(x, positions({0, 4}), 1);
      },
      ThrowsMessage<IndexError>(HasSubstr("index_select: index 4 is out of range for axis 1 of shape (3, 4)")));
  EXPECT_THAT([&] { index_select(x, positions({-4}), 0); }, ThrowsMessage<IndexError>(HasSubstr("index -4")));
  EXPECT_THAT([&] { index_select(zeros({0}), positions({0}), 0); }, ThrowsMessage<IndexError>(HasSubstr("index 0")));
  EXPECT_THAT(
      [&] {
        gather(x, full({3, 1}, 9, Dtype::i64), 1);
      },
      ThrowsMessage<IndexError>(HasSubstr("gather: index 9")));
  EXPECT_THAT(
      [&] {
        scatter(x, full({3, 1}, 9, Dtype::i64), zeros({3, 1}), 1);
      },
      ThrowsMessage<IndexError>(HasSubstr("scatter: index 9")));
  EXPECT_THAT([&] { take(x, positions({12})); }, ThrowsMessage<IndexError>(HasSubstr("index 12")));
  EXPECT_THAT([&] { index_select(x, tensor({1}), 0); }, ThrowsMessage<DtypeError>(HasSubstr("f32, expected i64")));
}

TEST(IndexAdd, AddsOnceForEveryRepetition) {
  const Tensor x = ones({3, 4});
  const Values expected{5, 6, 7, 8, 1, 1, 1, 1, 9, 11, 13, 15};
  EXPECT_EQ(index_add(x, positions({2, 0, -1}), counting({3, 4}), 0).to_vector(), expected);
  EXPECT_EQ(index_add(strided(x), strided(positions({2, 0, -1})), strided(counting({3, 4})), 0).to_vector(), expected);
  EXPECT_EQ(x.to_vector(), Values(12, 1));
  const Tensor y = index_add(zeros({2, 3, 2}), positions({{1, -1}, {1, 0}}), counting({2, 2, 2, 2}), 1);
  EXPECT_EQ(y.to_vector(), (Values{6, 7, 4, 6, 2, 3, 14, 15, 20, 22, 10, 11}));
  EXPECT_THAT(
      [&] {
        index_add(x, positions({0}), zeros({2, 4}), 0);
      },
      ThrowsMessage<ShapeError>(HasSubstr("index_add: source has shape (2, 4), expected (1, 4)")));
  EXPECT_THAT(
      [&] {
        index_add(x, positions({0}), zeros({1, 4}, Dtype::f64), 0);
      },
      ThrowsMessage<DtypeError>(HasSubstr("index_add: dtypes differ")));
}

TEST(IndexAddInto, WritesThroughAnyView) {
  const Tensor base = zeros({4, 3});
  index_add_into(transpose(base), positions({0, 2, 0}), ones({3, 4}), 0);
  EXPECT_EQ(base.to_vector(), (Values{2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1}));
  const Tensor cube = zeros({2, 3, 4});  // permuted so that its outer axes do not merge into one
  index_add_into(permute(cube, {1, 0, 2}), positions({3}), ones({3, 2, 1}), 2);
  EXPECT_EQ(select(cube, 2, 3).to_vector(), Values(6, 1));
  EXPECT_EQ(cube.version(), 2u);  // announced, and copied back into the view
  const Tensor self = tensor({1, 2, 3});
  index_add_into(self, positions({1, 2, 0}), self, 0);
  EXPECT_EQ(self.to_vector(), (Values{4, 3, 5}));
  EXPECT_THROW(index_add_into(broadcast_to(zeros({1}), {3}), positions({0}), ones({1}), 0), Error);
}

TEST(AddInto, ReadsAllPositionsBeforeItWrites) {  // which may be the very elements that it changes
  const Tensor x = positions({1, 0, 0, 2});
  index_add_into(x, x, full({4}, 1000, Dtype::i64), 0);
  EXPECT_EQ(x.to_vector(), (Values{2001, 1000, 1000, 2}));
  const Tensor y = positions({1, 0, 0, 2});
  scatter_add_into(y, flip(y), full({4}, 1000, Dtype::i64), 0);
  EXPECT_EQ(y.to_vector(), (Values{2001, 1000, 1000, 2}));
}

TEST(IndexAdd, OfIntegersWrapsAround) {
  constexpr i64 kMost = std::numeric_limits<i64>::max();
  const Tensor x = full({1}, kMost, Dtype::i64), at = positions({0});
  EXPECT_EQ(index_add(x, at, x, 0).data<i64>()[0], -2);
  EXPECT_EQ(scatter_add(x, at, x, 0).data<i64>()[0], -2);
}

TEST(ScatterAdd, SumsTwoByteTypesInSinglePrecision) {
  // 4096 + 1 + … + 1: every addition of 1 would be lost in f16 (steps of 4 above 4096) and bf16.
  for (Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    const Tensor x = full({1}, 4096, dtype);
    const Tensor y = scatter_add(x, zeros({4096}, Dtype::i64), ones({4096}, dtype), 0);
    EXPECT_EQ(y.dtype(), dtype);
    EXPECT_EQ(y.item(), 8192);
    EXPECT_EQ(index_add(x, zeros({4096}, Dtype::i64), ones({4096}, dtype), 0).item(), 8192);
  }
}

TEST(Embedding, ReadsRows) {
  const Tensor table = counting({3, 2});
  EXPECT_EQ(embedding(table, positions({{2, 0}})).shape(), (Shape{1, 2, 2}));
  EXPECT_EQ(embedding(table, positions({{2, 0}})).to_vector(), (Values{4, 5, 0, 1}));
  EXPECT_THAT([&] { embedding(table, tensor({-1}, Dtype::i64)); },
              ThrowsMessage<IndexError>(HasSubstr("embedding: index -1")));
  EXPECT_THAT([] { embedding(zeros({3}), positions({0})); }, ThrowsMessage<ShapeError>(HasSubstr("embedding: table")));
}

TEST(Gather, ReadsOneElementForEachIndex) {
  const Tensor x = counting({3, 4});
  const Tensor at = positions({{3, 0}, {1, 1}, {2, -1}});
  EXPECT_EQ(gather(x, at, 1).to_vector(), (Values{3, 0, 5, 5, 10, 11}));
  EXPECT_EQ(gather(strided(x), strided(at), 1).to_vector(), (Values{3, 0, 5, 5, 10, 11}));
  EXPECT_EQ(gather(x, positions({{2, 0, 1, 0}}), 0).to_vector(), (Values{8, 1, 6, 3}));
  EXPECT_EQ(gather(x, zeros({3, 0}, Dtype::i64), 1).shape(), (Shape{3, 0}));
  EXPECT_THAT(
      [&] {
        gather(x, zeros({1, 1}, Dtype::i64), 1);
      },
      ThrowsMessage<ShapeError>(HasSubstr("gather: index of shape (1, 1) for shape (3, 4)")));
  EXPECT_THAT([] { gather(tensor(1), tensor(0, Dtype::i64), 0); }, ThrowsMessage<ShapeError>(HasSubstr("axis 0")));
}

TEST(Scatter, WritesOneElementForEachIndex) {
  const Tensor x = zeros({3, 4});
  const Tensor at = positions({{3, 0}, {1, 2}, {2, -1}});
  const Tensor source = tensor({{1, 2}, {3, 4}, {5, 6}});
  const Values expected{2, 0, 0, 1, 0, 3, 4, 0, 0, 0, 5, 6};
  EXPECT_EQ(scatter(x, at, source, 1).to_vector(), expected);
  EXPECT_EQ(scatter(strided(x), strided(at), strided(source), 1).to_vector(), expected);
  EXPECT_EQ(x.to_vector(), Values(12, 0));
  EXPECT_EQ(scatter(zeros({2}), positions({1, 1, 1}), tensor({7, 8, 9}), 0).to_vector(), (Values{0, 9}));
  EXPECT_THAT([&] { scatter(x, at, zeros({3, 1}), 1); }, ThrowsMessage<ShapeError>(HasSubstr("scatter: source")));
}

TEST(ScatterAdd, AddsWhatRepeats) {
  const Tensor at = positions({{2, 0, 1, 0}, {2, 1, 1, 0}});
  const Values expected{1, 2, 1, 11, 1, 6, 9, 1, 5, 1, 1, 1};
  EXPECT_EQ(scatter_add(ones({3, 4}), at, counting({2, 4}), 0).to_vector(), expected);
  EXPECT_EQ(scatter_add(strided(ones({3, 4})), strided(at), strided(counting({2, 4})), 0).to_vector(), expected);
  EXPECT_THAT([] { scatter_add(zeros({2}, Dtype::boolean), positions({0}), zeros({1}, Dtype::boolean), 0); },
              ThrowsMessage<DtypeError>(HasSubstr("scatter_add")));
}

TEST(Scattering, DoesNotDependOnTheNumberOfThreads) {
  Generator generator(1);
  const Tensor source = uniform(generator, {500, 200});
  const Tensor at = cast(uniform(generator, {500, 200}, 0, 7), Dtype::i64);
  const int before = cpu::num_threads();
  std::vector<Values> results;
  for (int threads : {1, 3}) {
    cpu::set_num_threads(threads);
    results.push_back(scatter_add(zeros({7, 200}), at, source, 0).to_vector());
    results.push_back(index_add(zeros({7, 200}), select(at, 1, 0), source, 0).to_vector());
  }
  cpu::set_num_threads(before);
  EXPECT_EQ(results[0], results[2]);
  EXPECT_EQ(results[1], results[3]);
}

TEST(Take, ReadsTheRowMajorList) {
  const Tensor x = transpose(counting({2, 3}));
  EXPECT_EQ(take(x, positions({{0, 1}, {-1, 4}})).to_vector(), (Values{0, 3, 5, 2}));
  EXPECT_EQ(take(tensor(4), positions({0, -1})).to_vector(), (Values{4, 4}));
}

TEST(Nonzero, ListsPositionsAndCountsNan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({{0, 2}, {nan, -0.0}, {1, -1}});
  EXPECT_EQ(nonzero(x).to_vector(), (Values{0, 1, 1, 0, 2, 0, 2, 1}));
  EXPECT_EQ(nonzero(strided(x)).to_vector(), (Values{0, 1, 1, 0, 2, 0, 2, 1}));
  EXPECT_EQ(nonzero(transpose(x)).to_vector(), (Values{0, 1, 0, 2, 1, 0, 1, 2}));
  EXPECT_EQ(nonzero(tensor(3)).shape(), (Shape{1, 0}));
  EXPECT_EQ(nonzero(zeros({2, 2})).shape(), (Shape{0, 2}));
  for (Dtype dtype : kEveryDtype) EXPECT_EQ(nonzero(tensor({0, 1}, dtype)).to_vector(), (Values{1}));
}

TEST(MaskedSelect, ListsWhatTheMaskLetsThrough) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(masked_select(x, tensor({{1, 0, 1}, {0, 1, 0}}, Dtype::boolean)).to_vector(), (Values{0, 2, 4}));
  EXPECT_EQ(masked_select(x, tensor({1, 0, 1}, Dtype::boolean)).to_vector(), (Values{0, 2, 3, 5}));
  EXPECT_EQ(masked_select(x, zeros({}, Dtype::boolean)).shape(), (Shape{0}));
  EXPECT_THAT([&] { masked_select(x, x); }, ThrowsMessage<DtypeError>(HasSubstr("masked_select: mask")));
  EXPECT_THAT([&] { masked_select(x, zeros({2}, Dtype::boolean)); }, ThrowsMessage<ShapeError>(HasSubstr("(2,)")));
}

TEST(MaskedFill, ReplacesWhereTheMaskIsTrue) {
  const Tensor x = tensor({{1, 2}, {std::numeric_limits<double>::quiet_NaN(), 4}});
  const Tensor mask = tensor({{0, 1}, {1, 0}}, Dtype::boolean);
  EXPECT_EQ(masked_fill(x, mask, -5).to_vector(), (Values{1, -5, -5, 4}));
  EXPECT_EQ(masked_fill(strided(x), strided(mask), -5).to_vector(), (Values{1, -5, -5, 4}));
  EXPECT_EQ(masked_fill(ones({2, 2}, Dtype::i64), tensor({1, 0}, Dtype::boolean), 7).to_vector(), (Values{7, 1, 7, 1}));
  EXPECT_THAT(
      [] {
        masked_fill(zeros({2}), zeros({2, 2}, Dtype::boolean), 0);
      },
      ThrowsMessage<ShapeError>(HasSubstr("mask of shape (2, 2) does not broadcast to (2,)")));
  EXPECT_THAT([] { masked_fill(zeros({2}), zeros({2}), 0); }, ThrowsMessage<DtypeError>(HasSubstr("mask")));
}

TEST(OneHot, MarksTheClass) {
  EXPECT_EQ(one_hot(positions({2, 0}), 3).to_vector(), (Values{0, 0, 1, 1, 0, 0}));
  EXPECT_EQ(one_hot(tensor(1, Dtype::i64), 2, Dtype::boolean).to_vector(), (Values{0, 1}));
  EXPECT_EQ(one_hot(zeros({0, 2}, Dtype::i64), 4).shape(), (Shape{0, 2, 4}));
  EXPECT_THAT([] { one_hot(positions({3}), 3); },
              ThrowsMessage<IndexError>(HasSubstr("class 3 is out of range for 3")));
  EXPECT_THAT([] { one_hot(positions({-1}), 3); }, ThrowsMessage<IndexError>(HasSubstr("class -1")));
  EXPECT_THAT([] { one_hot(positions({0}), 0); }, ThrowsMessage<ValueError>(HasSubstr("0 classes")));
}

TEST(Take, NamesItsElements) {
  EXPECT_THAT(
      [] {
        take(zeros({2, 3}), positions({6}));
      },
      ThrowsMessage<IndexError>(HasSubstr("take: index 6 is out of range for 6 elements of shape (2, 3)")));
}

}  // namespace
}  // namespace cadena
