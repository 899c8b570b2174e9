#include "datasets/dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "datasets/shipped.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/print.h"
#include "tensor/reduce.h"
#include "tensor/views.h"
#include "tests/support/files.h"

namespace cadena {
namespace {

/// n samples whose x (n, 2) and y (n,) both tell which sample it is: y = i % classes, x = (i, -i).
Dataset numbered(i64 n, i64 classes = 3) {
  std::vector<double> x;
  std::vector<i64> y;
  for (i64 i = 0; i < n; ++i) {
    x.insert(x.end(), {static_cast<double>(i), -static_cast<double>(i)});
    y.push_back(i % classes);
  }
  return {from_values(std::span<const double>(x), {n, 2}), from_values(std::span<const i64>(y), {n}), {"a", "b"}, {}};
}

/// The numbers of the samples; fails where x and y do not belong together.
std::vector<double> samples(const Dataset& data, i64 classes = 3) {
  const auto numbers = select(data.x, 1, 0).to_vector();
  const auto labels = data.y.to_vector();
  EXPECT_EQ(numbers.size(), labels.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    EXPECT_EQ(std::fmod(numbers[i], static_cast<double>(classes)), labels[i]);
  return numbers;
}

std::vector<double> sorted(std::vector<double> a, const std::vector<double>& b = {}) {
  a.insert(a.end(), b.begin(), b.end());
  std::sort(a.begin(), a.end());
  return a;
}

std::map<double, int> counts(const std::vector<double>& values) {
  std::map<double, int> count;
  for (double value : values) ++count[value];
  return count;
}

TEST(TakeRows, CopiesRowsInTheGivenOrder) {
  const Tensor x = tensor({{1, 2}, {3, 4}, {5, 6}});
  EXPECT_EQ(to_string(take_rows(x, tensor({2, 0, 2}, Dtype::i64))),
            "tensor([[5., 6.],\n        [1., 2.],\n        [5., 6.]], f32, cpu)");
  EXPECT_EQ(to_string(take_rows(transpose(x), tensor({1}, Dtype::i64))), "tensor([[2., 4., 6.]], f32, cpu)");
  EXPECT_EQ(take_rows(x, zeros({0}, Dtype::i64)).shape(), (Shape{0, 2}));
  EXPECT_THROW(take_rows(x, tensor({3}, Dtype::i64)), IndexError);
  EXPECT_THROW(take_rows(x, tensor({-1}, Dtype::i64)), IndexError);
  EXPECT_THROW(take_rows(x, tensor({0})), DtypeError);
  EXPECT_THROW(take_rows(tensor(1), tensor({0}, Dtype::i64)), ShapeError);
}

TEST(TrainTestSplit, PutsEverySampleInOnePart) {
  const Dataset data = numbered(100);
  Generator g(1);
  const Split split = train_test_split(data, 0.25, g);
  EXPECT_EQ(split.test.size(), 25);
  EXPECT_EQ(sorted(samples(split.train), samples(split.test)), samples(data));
  EXPECT_EQ(sorted(samples(split.test)), samples(split.test));
  EXPECT_EQ(split.train.names, data.names);
  Generator again(1);
  EXPECT_EQ(samples(train_test_split(data, 0.25, again).test), samples(split.test));
  EXPECT_NE(samples(train_test_split(data, 0.25, again).test), samples(split.test));
  EXPECT_THROW(train_test_split(data, 0, g), ValueError);
  EXPECT_THROW(train_test_split(data, 1, g), ValueError);
}

TEST(TrainTestSplit, KeepsTheProportionsOfClassesIfStratified) {
  Dataset data = numbered(100);
  std::vector<i64> rare(100, 0);
  std::fill(rare.begin(), rare.begin() + 20, 1);
  data.y = from_values(std::span<const i64>(rare), {100});
  Generator g(2);
  const Split split = train_test_split(data, 0.25, g, true);
  EXPECT_EQ(counts(split.test.y.to_vector()), (std::map<double, int>{{0, 20}, {1, 5}}));
  data.y = zeros({100});
  EXPECT_THROW(train_test_split(data, 0.25, g, true), DtypeError);
}

TEST(TrainTestSplit, RefusesADataSetWithoutTargets) {
  Generator generator(1);
  EXPECT_THROW(train_test_split(Dataset{}, 0.5, generator), ValueError);
  EXPECT_THROW(k_fold(Dataset{}, 2, generator), ValueError);
  EXPECT_THROW(subset({zeros({3}), {}, {}, {}}, tensor({0}, Dtype::i64)), ValueError);
  EXPECT_THROW(Standardizer{Tensor()}, ValueError);
}

TEST(KFold, TestsOnEverySampleOnce) {
  const Dataset data = numbered(23);
  for (bool stratified : {false, true}) {
    Generator g(3);
    std::vector<double> tested;
    for (const Split& split : k_fold(data, 5, g, stratified)) {
      EXPECT_TRUE(split.test.size() == 4 || split.test.size() == 5);
      EXPECT_EQ(sorted(samples(split.train), samples(split.test)), samples(data));
      const auto part = samples(split.test);
      tested.insert(tested.end(), part.begin(), part.end());
      for (const auto& [label, count] : counts(split.test.y.to_vector())) {
        EXPECT_TRUE(!stratified || std::abs(count - 23.0 / 15) <= 1) << count << " of class " << label;
      }
    }
    EXPECT_EQ(sorted(tested), samples(data));
  }
  Generator g(3);
  EXPECT_THROW(k_fold(data, 1, g), ValueError);
  EXPECT_THROW(k_fold(data, 24, g), ValueError);
}

TEST(Standardizer, UsesOnlyWhatItWasFittedTo) {
  const Tensor train = tensor({{1, 5}, {3, 5}});
  const Standardizer standardize_it(train);
  EXPECT_EQ(standardize_it(train).to_vector(), (std::vector<double>{-1, 0, 1, 0}));
  EXPECT_EQ(standardize_it(tensor({{4, 6}})).to_vector(), (std::vector<double>{2, 1}));
  EXPECT_EQ(standardize_it(tensor({{4, 6}}, Dtype::i64)).dtype(), Dtype::f32);
  EXPECT_THROW(standardize_it(zeros({2, 3})), ShapeError);
  EXPECT_THROW(Standardizer(zeros({0, 3})), ShapeError);
}

TEST(Standardizer, OnlyShiftsAFeatureThatDoesNotVary) {
  // The mean of three 0.1 is off by a rounding; over a deviation of that rounding each would be -1.
  const Tensor x = from_values(std::vector<double>{0.1, 1, 0.1, 3, 0.1, 2}, {3, 2}, Dtype::f64);
  const Standardizer standardizer(x);
  EXPECT_EQ(standardizer.deviation().at({0}), 1);
  EXPECT_NEAR(standardizer.deviation().at({1}), std::sqrt(2.0 / 3), 1e-15);
  for (i64 row = 0; row < 3; ++row) EXPECT_NEAR(standardizer(x).at({row, 0}), 0, 1e-16);
}

TEST(Standardizer, DividesByNoDeviationThatRoundsToZero) {
  const double least = std::numeric_limits<double>::denorm_min();
  const Tensor x = from_values(std::vector<double>{least, 0, 0, 0, 0, 0, 0, 0}, {8, 1}, Dtype::f64);
  EXPECT_EQ(Standardizer(x).deviation().item(), 1);
}

TEST(Standardizer, MeasuresWhatHasNoSquareInF64) {
  for (double size : {1e200, 1e-200}) {
    const Tensor x = from_values(std::vector<double>{size, 0, 0}, {3, 1}, Dtype::f64);
    const std::vector<double> z = Standardizer(x)(x).to_vector();
    EXPECT_NEAR(z[0], std::sqrt(2.0), 1e-15);
    EXPECT_NEAR(z[1], -std::sqrt(0.5), 1e-15);
    EXPECT_NEAR(z[2], -std::sqrt(0.5), 1e-15);
  }
}

// Means and class sizes computed with NumPy from data/*.csv.
TEST(Shipped, HasTheRowsOfItsSources) {
  const Dataset iris = load_iris();
  EXPECT_EQ(iris.x.shape(), (Shape{150, 4}));
  EXPECT_NEAR(mean(iris.x).item(), 3.4645, 1e-5);
  EXPECT_EQ(counts(iris.y.to_vector()), (std::map<double, int>{{0, 50}, {1, 50}, {2, 50}}));
  EXPECT_EQ(iris.class_names, (std::vector<std::string>{"setosa", "versicolor", "virginica"}));
  const Dataset wine = load_wine();
  EXPECT_EQ(wine.x.shape(), (Shape{178, 13}));
  EXPECT_NEAR(mean(wine.x).item(), 69.1336629, 1e-4);
  EXPECT_EQ(counts(wine.y.to_vector()), (std::map<double, int>{{0, 59}, {1, 71}, {2, 48}}));
  EXPECT_EQ(wine.names.size(), 13u);
  const Dataset cancer = load_breast_cancer();
  EXPECT_EQ(cancer.x.shape(), (Shape{569, 30}));
  EXPECT_NEAR(mean(cancer.x).item(), 61.8907123, 1e-4);
  EXPECT_EQ(counts(cancer.y.to_vector()), (std::map<double, int>{{0, 212}, {1, 357}}));
  EXPECT_EQ(cancer.names.size(), 30u);
  EXPECT_EQ(cancer.class_names, (std::vector<std::string>{"malignant", "benign"}));
  const Dataset digits = load_digits();
  EXPECT_EQ(digits.x.shape(), (Shape{1797, 1, 8, 8}));
  EXPECT_NEAR(mean(digits.x).item(), 4.8841646, 1e-5);
  EXPECT_EQ(digits.class_names.size(), 10u);
}

TEST(Shipped, RefusesAFileThatWasCutOff) {
  test::TemporaryFolder folder;
  std::ifstream whole(data_file("iris.csv"));
  std::string rows;
  for (std::string row; rows.size() < 1000 && std::getline(whole, row);) rows += row + '\n';
  test::put_file(folder.file("iris.csv"), rows);
  setenv("CADENA_DATA", folder.path().c_str(), 1);
  EXPECT_THAT(message_of<IoError>(load_iris), testing::EndsWith("iris.csv: 54 rows, expected 150"));
  unsetenv("CADENA_DATA");
}

TEST(Shipped, NamesEveryPlaceItTried) {
  setenv("CADENA_DATA", "/no/such/folder", 1);
  try {
    data_file("none.csv");
    ADD_FAILURE() << "found a file that does not exist";
  } catch (const IoError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("/no/such/folder/none.csv"), std::string::npos) << message;
    EXPECT_NE(message.find("/data/none.csv"), std::string::npos) << message;
    EXPECT_NE(message.find("share/cadena/data/none.csv"), std::string::npos) << message;
  }
  EXPECT_EQ(load_iris().size(), 150) << "the next place is tried";
  unsetenv("CADENA_DATA");
}

}  // namespace
}  // namespace cadena
