#include "datasets/dataset.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/copy.h"
#include "tensor/extremum.h"
#include "tensor/factories.h"
#include "tensor/indexing.h"
#include "tensor/power.h"
#include "tensor/reduce.h"
#include "tensor/rounding.h"

namespace cadena {
namespace {

/// Indices of the samples in random order: one list, or one a class.
std::vector<std::vector<i64>> shuffled_groups(const char* op, const Dataset& data, Generator& generator,
                                              bool stratified) {
  check_samples(op, data);
  const Tensor order = permutation(generator, data.size());
  std::map<i64, std::vector<i64>> groups;
  if (!stratified) {
    groups[0].assign(order.data<i64>(), order.data<i64>() + data.size());
  } else {
    if (data.y.rank() != 1 || data.y.dtype() != Dtype::i64) {
      fail<DtypeError>(op, ": stratified: expected classes y, i64 of rank 1, got ", data.y.dtype(), " of shape ",
                       data.y.shape());
    }
    const Tensor y = contiguous(data.y);
    for (i64 i = 0; i < data.size(); ++i) {
      const i64 sample = order.data<i64>()[i];
      groups[y.data<i64>()[sample]].push_back(sample);
    }
  }
  std::vector<std::vector<i64>> lists;
  lists.reserve(groups.size());
  for (auto& [label, list] : groups) lists.push_back(std::move(list));
  return lists;
}

Dataset subset_in_order(const Dataset& data, std::vector<i64> index) {
  std::sort(index.begin(), index.end());
  return subset(data, from_values(std::span<const i64>(index), {static_cast<i64>(index.size())}));
}

}  // namespace

void check_samples(const char* op, const Dataset& data) {
  if (!data.x.defined() || !data.y.defined()) {
    fail<ValueError>(op, ": the data set has no ", data.x.defined() ? "y" : "x");
  }
  if (data.x.rank() < 1 || data.y.rank() < 1 || data.x.size(0) != data.y.size(0)) {
    fail<ShapeError>(op, ": expected as many rows of x as of y, got ", data.x.shape(), " and ", data.y.shape());
  }
}

Tensor take_rows(const Tensor& x, const Tensor& index) {
  if (x.rank() < 1 || index.rank() != 1) {
    fail<ShapeError>("take_rows: expected x of shape (n, ...) and indices (k,), got ", x.shape(), " and ",
                     index.shape());
  }
  check_rows("take_rows", index, x.size(0));
  return index_select(x, to(index, x.device()), 0);
}

Dataset subset(const Dataset& data, const Tensor& index) {
  check_samples("subset", data);
  return {take_rows(data.x, index), take_rows(data.y, index), data.names, data.class_names};
}

Split train_test_split(const Dataset& data, double test_fraction, Generator& generator, bool stratified) {
  if (!(test_fraction > 0 && test_fraction < 1)) {
    fail<ValueError>("train_test_split: expected a fraction in (0, 1), got ", test_fraction);
  }
  std::vector<i64> train;
  std::vector<i64> test;
  for (const auto& group : shuffled_groups("train_test_split", data, generator, stratified)) {
    const auto cut = static_cast<std::ptrdiff_t>(std::llround(static_cast<double>(group.size()) * test_fraction));
    test.insert(test.end(), group.begin(), group.begin() + cut);
    train.insert(train.end(), group.begin() + cut, group.end());
  }
  return {subset_in_order(data, std::move(train)), subset_in_order(data, std::move(test))};
}

std::vector<Split> k_fold(const Dataset& data, i64 k, Generator& generator, bool stratified) {
  check_samples("k_fold", data);
  if (k < 2 || k > data.size()) {
    fail<ValueError>("k_fold: expected k from 2 to the number of samples, ", data.size(), ", got ", k);
  }
  std::vector<i64> part(static_cast<std::size_t>(data.size()));  // in which each sample is tested on
  i64 next = 0;
  for (const auto& group : shuffled_groups("k_fold", data, generator, stratified)) {
    for (i64 sample : group) part[static_cast<std::size_t>(sample)] = next++ % k;
  }
  std::vector<Split> splits;
  for (i64 fold = 0; fold < k; ++fold) {
    std::vector<i64> train;
    std::vector<i64> test;
    for (std::size_t i = 0; i < part.size(); ++i) (part[i] == fold ? test : train).push_back(static_cast<i64>(i));
    splits.push_back({subset_in_order(data, std::move(train)), subset_in_order(data, std::move(test))});
  }
  return splits;
}

Standardizer::Standardizer(const Tensor& x) {
  if (!x.defined()) fail<ValueError>("Standardizer: the tensor is not defined");
  if (x.rank() < 1 || x.size(0) == 0) fail<ShapeError>("Standardizer: expected rows, got shape ", x.shape());
  const Tensor wide = cast(x, Dtype::f64);
  mean_ = cadena::mean(wide, 0);
  const Tensor centered = wide - mean_;
  const auto mean_square = [](const Tensor& t) { return cadena::mean(t * t, 0); };
  // Where squares leave the range of f64, the deviation is taken in units of the largest distance from the mean.
  const Tensor plain = mean_square(centered);
  const Tensor in_range = logical_and(gt(plain, 1e-280), lt(plain, 1e300));
  const Tensor farthest = max(abs(centered), 0);
  const Tensor unit = where(logical_or(in_range, eq(farthest, 0)), 1, farthest);
  const Tensor variance = mean_square(centered / unit);
  const Tensor deviation = sqrt(variance) * unit;
  // The mean of equal numbers may be off by a rounding, which leaves them a variance: only their extremes tell.
  const Tensor varies = logical_and(ne(max(wide, 0), min(wide, 0)), gt(deviation, 0));
  deviation_ = where(varies, deviation, 1);
}

Tensor Standardizer::operator()(const Tensor& x) const {
  if (x.rank() < 1 || x.shape().without(0) != mean_.shape()) {
    fail<ShapeError>("Standardizer: fitted to rows of shape ", mean_.shape(), ", got ", x.shape());
  }
  return cast((cast(x, Dtype::f64) - mean_) / deviation_, is_floating(x.dtype()) ? x.dtype() : Dtype::f32);
}

Split standardize(const Split& split) {
  const Standardizer standardizer(split.train.x);
  Split result = split;
  result.train.x = standardizer(split.train.x);
  result.test.x = standardizer(split.test.x);
  return result;
}

}  // namespace cadena
