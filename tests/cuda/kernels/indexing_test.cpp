#include "tensor/indexing.h"

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tests/support/on_cuda.h"

namespace cadena {
namespace {

using support::distance;
using support::expect_agreement;
using support::expect_same;
using support::kAllDtypes;
using support::on_cuda;
using support::random;
using support::random_index;

/// `f(x)` on the device for all dtypes and two layouts, to the bit what it is on the CPU.
template <class F>
void expect_copies(const Shape& shape, F f) {
  for (const Dtype dtype : kAllDtypes) {
    const Tensor x = cast(random_index(shape, -4, 5), dtype);
    expect_same(f(on_cuda(x)), f(x));
    expect_same(f(scattered(on_cuda(x))), f(x));
  }
}

Tensor like(const Tensor& index, const Tensor& x) { return to(index, x.device()); }

TEST(CudaIndexing, SelectsRowsOfAnyDtypeAndLayout) {
  const Tensor index = random_index({2, 5}, -7, 7);
  for (const int axis : {0, 1, 2}) {
    expect_copies({7, 8, 16}, [&](const Tensor& x) { return index_select(x, like(index, x), axis); });
  }
  expect_copies({9, 3}, [](const Tensor& x) { return index_select(x, like(random_index({33}, 0, 9), x), 0); });
}

TEST(CudaIndexing, GathersAndScatters) {
  for (const int axis : {0, 1, 2}) {
    Shape shape{5, 6, 7};
    shape[axis] = 4;
    const Tensor index = random_index(shape, -5, 5), source = random_index(shape, 0, 100, 3);
    expect_copies({5, 6, 7}, [&](const Tensor& x) { return gather(x, like(index, x), axis); });
    expect_copies({5, 6, 7}, [&](const Tensor& x) {
      return scatter(x, scattered(like(index, x)), cast(like(source, x), x.dtype()), axis);
    });
  }
}

TEST(CudaIndexing, OfManyThatScatterToOnePlaceTheLastStays) {
  const Tensor index = random_index({300}, 0, 3), source = random({300});
  const Tensor x = zeros({4}, Dtype::f64);
  expect_same(scatter(on_cuda(x), on_cuda(index), on_cuda(source), 0), scatter(x, index, source, 0));
}

TEST(CudaIndexing, AddsWhatRepeats) {
  // Few indices, or many columns: a thread walks along each column. Many indices: they are sorted first.
  for (const i64 count : {3, 40, 1100}) {
    const Tensor rows = random_index({count}, -5, 5), each = random_index({count, 3}, -5, 5, 4);
    expect_agreement({random({5, 3}), random({count, 3}, 2)}, 40, [&](const auto& x) {
      return std::vector{index_add(x[0], like(rows, x[0]), x[1], 0), scatter_add(x[0], like(each, x[0]), x[1], 0)};
    });
    const Tensor along = random_index({2, count}, -5, 5, 5);
    expect_agreement({random({2, 5, 3}), random({2, count, 3}, 2), random({2, 5}, 3), random({2, count}, 4)}, 40,
                     [&](const auto& x) {
                       return std::vector{index_add(x[0], like(rows, x[0]), x[1], 1),
                                          scatter_add(x[2], scattered(like(along, x[2])), x[3], 1)};
                     });
  }
}

TEST(CudaIndexing, IntegersAddExactlyAndBoolsNotAtAll) {
  const Tensor x = random_index({6}, -9, 9), index = random_index({500}, 0, 6), source = random_index({500}, -9, 9, 4);
  expect_same(index_add(on_cuda(x), on_cuda(index), on_cuda(source), 0), index_add(x, index, source, 0));
  const Tensor flags = zeros({6}, Dtype::boolean, Device::cuda());
  message_of<DtypeError>([&] { index_add(flags, on_cuda(index), cast(on_cuda(source), Dtype::boolean), 0); });
}

TEST(CudaIndexing, ASumThatIsRepeatedIsTheSameToTheBit) {
  const Tensor x = on_cuda(zeros({7, 4})), index = on_cuda(random_index({2000}, 0, 7));
  const Tensor source = on_cuda(cast(random({2000, 4}), Dtype::f32));
  EXPECT_EQ(distance(index_add(x, index, source, 0), index_add(x, index, source, 0)), 0);
}

TEST(CudaIndexing, EmbeddingReadsAndRefusesTokensOnTheDevice) {
  const Tensor table = random({5, 3}), tokens = random_index({4, 2}, 0, 5);
  expect_same(embedding(on_cuda(table), on_cuda(tokens)), embedding(table, tokens));
  EXPECT_EQ(message_of<IndexError>([&] { to(embedding(on_cuda(table), on_cuda(neg(add(tokens, 1)))), Device::cpu()); }),
            message_of<IndexError>([&] { embedding(table, neg(add(tokens, 1))); }));
}

TEST(CudaIndexing, NamesTheFirstIndexOutOfRange) {
  const Tensor x = on_cuda(random({4, 3}));
  Tensor index = random_index({3, 50}, 0, 4);
  index.mutable_data<i64>()[70] = 4;
  index.mutable_data<i64>()[71] = -9;
  EXPECT_EQ(message_of<IndexError>([&] { to(index_select(x, on_cuda(index), 0), Device::cpu()); }),
            "index_select: index 4 is out of range for axis 0 of shape (4, 3)");
  EXPECT_EQ(message_of<IndexError>([&] { to(index_select(x, flip(scattered(on_cuda(index))), 0), Device::cpu()); }),
            "index_select: index -9 is out of range for axis 0 of shape (4, 3)");
}

TEST(CudaIndexing, TellsOfAWrongIndexOnceAtTheNextCopyToTheHost) {
  const Tensor x = on_cuda(random({4, 3})), wrong = on_cuda(tensor({1, 4}, Dtype::i64));
  const Tensor y = index_select(x, wrong, 0);
  index_add(x, wrong, y, 0);  // kernels go on: a wrong index counts as 0
  gather(x, on_cuda(reshape(tensor({0, 1, -5}, Dtype::i64), {1, 3})), 0);
  EXPECT_EQ(message_of<IndexError>([&] {
              x.at({0, 0});
            }),
            "index_select: index 4 is out of range for axis 0 of shape (4, 3)");
  EXPECT_EQ(y.at({1, 2}), x.at({0, 2}));
}

TEST(CudaIndexing, FindsOneWrongIndexAmongMany) {
  Tensor index = random_index({100, 300}, 0, 4);
  const Tensor x = on_cuda(random({4}));
  index.mutable_data<i64>()[29'990] = 7;
  index.mutable_data<i64>()[29'999] = 8;
  EXPECT_EQ(message_of<IndexError>([&] {
              index_select(x, on_cuda(index), 0).at({0, 0});
            }),
            "index_select: index 7 is out of range for axis 0 of shape (4,)");
}

TEST(CudaIndexing, AnAxisWithoutElementsHasNoIndex) {
  EXPECT_EQ(message_of<IndexError>([&] {
              index_select(on_cuda(zeros({0, 3})), on_cuda(tensor({0}, Dtype::i64)), 0);
            }),
            "index_select: index 0 is out of range for axis 0 of shape (0, 3)");
}

TEST(CudaIndexing, FindsWhatIsNotZero) {
  for (const Dtype dtype : kAllDtypes) {
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{31, 5}, Shape{3, 50, 70}, Shape{0, 4}}) {
      const Tensor x = cast(random_index(shape, 0, 3), dtype);
      expect_same(nonzero(on_cuda(x)), nonzero(x));
      expect_same(nonzero(scattered(on_cuda(x))), nonzero(x));
    }
  }
  const Tensor odd = tensor({0.0, -0.0, std::nan(""), 5e-324}, Dtype::f64);
  EXPECT_EQ(nonzero(on_cuda(odd)).to_vector(), (std::vector<double>{2, 3}));
}

TEST(CudaIndexing, MasksSelectAndFill) {
  const Tensor mask = cast(random_index({5, 1, 7}, 0, 2), Dtype::boolean);
  expect_copies({5, 3, 7}, [&](const Tensor& x) { return masked_fill(x, like(mask, x), 3); });
  expect_copies({5, 3, 7}, [&](const Tensor& x) { return masked_select(x, like(mask, x)); });
}

TEST(CudaIndexing, OneHotAndNegativeIndices) {
  const Tensor index = random_index({4, 9}, 0, 5), signed_index = random_index({33}, -6, 6);
  expect_same(one_hot(on_cuda(index), 5, Dtype::f32), one_hot(index, 5, Dtype::f32));
  expect_same(normalize_index("test", on_cuda(signed_index), 6), normalize_index("test", signed_index, 6));
}

}  // namespace
}  // namespace cadena
