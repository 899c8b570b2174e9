#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace cadena {

/// Samples for supervised learning: row i of `x` belongs to element i of `y`.
struct Dataset {
  Tensor x;                              ///< (n, ...)
  Tensor y;                              ///< (n,) classes as i64, or (n, ...) values
  std::vector<std::string> names;        ///< of the features, may be empty
  std::vector<std::string> class_names;  ///< of the classes 0, 1, ..., may be empty

  /// Number of samples.
  i64 size() const { return x.size(0); }
};

/// Throws ValueError naming `op` if x or y is not there, ShapeError unless they have equally many rows.
void check_samples(const char* op, const Dataset& data);

/// The rows of x at `index` along axis 0, copied, on the device of x: (n, ...) and (k,) -> (k, ...). Throws ShapeError
/// or DtypeError unless `index` is i64 of rank 1, IndexError for an index outside 0 … n - 1.
Tensor take_rows(const Tensor& x, const Tensor& index);

/// The samples at `index`. Throws as `take_rows` and `check_samples`.
Dataset subset(const Dataset& data, const Tensor& index);

/// Two parts of a data set that share no sample.
struct Split {
  Dataset train;  ///< what is fitted
  Dataset test;   ///< what the fit is judged by
};

/// A random split: round(n * test_fraction) samples are tested on. Each part keeps the order that its samples have in
/// `data`. With `stratified` each class (y must be i64 of rank 1) is split in this proportion by itself. Throws
/// ValueError for a fraction outside (0, 1), DtypeError for classes that are none.
Split train_test_split(const Dataset& data, double test_fraction, Generator& generator, bool stratified = false);

/// k such splits in which every sample is tested on exactly once; parts differ in size by one at most. With
/// `stratified` this holds for the samples of each class. Throws ValueError unless 2 <= k <= n, DtypeError as
/// `train_test_split`.
std::vector<Split> k_fold(const Dataset& data, i64 k, Generator& generator, bool stratified = false);

/// The affine map that gives each feature of the data it was fitted to mean 0 and deviation 1:
/// \f$ z = (x - \mu) / \sigma \f$. A feature that does not vary is only shifted.
class Standardizer {
 public:
  /// Fits to x: (n, ...), over axis 0, in f64. Throws ShapeError for an empty x.
  explicit Standardizer(const Tensor& x);

  /// \f$ (x - \mu) / \sigma \f$ in x's dtype (f32 for integers). Throws ShapeError for another shape of rows.
  Tensor operator()(const Tensor& x) const;

  /// \f$ \mu \f$ of each feature, f64, of the shape of one sample.
  const Tensor& mean() const { return mean_; }
  /// \f$ \sigma \f$ of each feature, 1 for one that does not vary; f64.
  const Tensor& deviation() const { return deviation_; }

 private:
  Tensor mean_;
  Tensor deviation_;
};

/// Both parts standardized by what the training part alone says.
Split standardize(const Split& split);

}  // namespace cadena
