// Tests of Lab 7. Values are computed here in f64, by the formulas as the exercises state them; the counts come from
// the microscope in the student's process.
#include <algorithm>
#include <cmath>
#include <limits>

#include "lab.h"
#include "labs/kernels/remote.h"
#include "labs/test.h"
#include "tensor/arithmetic.h"
#include "tensor/factories.h"

namespace {
using namespace cadena;
using labs::at_least;
using labs::at_most;
using labs::by_whole_warps;
using labs::Check;
using labs::Launched;
using labs::Output;
using labs::RemoteLaunch;

using Row = std::vector<double>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

const RemoteLaunch<decltype(lab::reduce_rows)> reduce_rows("reduce_rows");
const RemoteLaunch<decltype(lab::softmax)> softmax("softmax");
const RemoteLaunch<decltype(lab::log_sum)> log_sum("log_sum");
const RemoteLaunch<decltype(lab::normalize)> normalize("normalize");
const RemoteLaunch<decltype(lab::attention)> attention("attention");
const RemoteLaunch<decltype(lab::masked_softmax)> masked_softmax("masked_softmax");

Tensor draw(Check& check, const Shape& shape) { return normal(check.random(), shape); }

Tensor from(const Row& values, const Shape& shape, Dtype dtype = Dtype::f64) {
  return from_values(std::span<const double>(values), shape, dtype);
}

/// The rows of a matrix.
std::vector<Row> rows_of(const Tensor& x) {
  const Row all = x.to_vector();
  const auto columns = static_cast<std::ptrdiff_t>(x.size(1));
  std::vector<Row> rows;
  for (auto at = all.begin(); at != all.end(); at += columns) rows.emplace_back(at, at + columns);
  return rows;
}

/// f of each row, which gives one row or a number, one after the other.
template <class F>
Row each_row(const Tensor& x, F f) {
  Row result;
  for (const Row& row : rows_of(x)) {
    if constexpr (std::is_convertible_v<decltype(f(row)), double>) {
      result.push_back(f(row));
    } else {
      const Row values = f(row);
      result.insert(result.end(), values.begin(), values.end());
    }
  }
  return result;
}

std::string extents(i64 rows, i64 columns) { return concat(rows, " x ", columns); }

/// The microscope has seen every sector of the inputs read and of the outputs written.
void saw_all(Check& check, const Launched& run, i64 input_elements, i64 output_elements) {
  at_least(check, "sectors that were read, as the microscope saw them", double(run.sectors_read),
           std::floor(double(input_elements) / 8));
  at_least(check, "sectors that were written, as the microscope saw them", double(run.sectors_written),
           std::floor(double(output_elements) / 8));
}

void uses_shuffles_alone(Check& check, const Launched& run) {
  at_most(check, "accesses of shared memory", double(run.shared.loads.lanes + run.shared.stores.lanes), 0);
  at_most(check, "barriers of blocks", double(run.barriers), 0);
  double atomics = 0;
  for (const auto& argument : run.arguments) atomics += double(argument.atomics.lanes);
  at_most(check, "atomics", atomics, 0);
}

// ---- 7.1

double reduced(const Row& x) {
#if LAB_reduce_sum
  double result = 0;
  for (const double v : x) result += v;
  return result;
#elif LAB_reduce_largest
  return *std::max_element(x.begin(), x.end());
#elif LAB_reduce_length
  double result = 0;
  for (const double v : x) result += v * v;
  return std::sqrt(result);
#endif
}

Launched check_reduce(Check& check, const Tensor& x) {
  const i64 rows = x.size(0), columns = x.size(1);
  Launched run = reduce_rows(Output{{rows}}, x, int(rows), int(columns));
  check.near("y for x of " + extents(rows, columns), run.outputs[0], from(each_row(x, reduced), {rows}), 1e-5);
  return run;
}

void reduce_values(Check& check) { check_reduce(check, draw(check, {8, 64})); }

void reduce_any(Check& check) {
  check_reduce(check, draw(check, {5, 33}));
  check_reduce(check, draw(check, {3, 7}));
  check_reduce(check, draw(check, {1, 1}));
  check_reduce(check, draw(check, {9, 100}) - 50.0);  // the largest is below 0
}

void reduce_by_shuffles(Check& check) {
  const Launched run = check_reduce(check, draw(check, {16, 256}));
  uses_shuffles_alone(check, run);
  at_most(check, "sectors a request that reads x", run.arguments[1].loads.sectors_per_request(), 4.1);
  by_whole_warps(check, "reads x", run.arguments[1].loads);
  at_most(check, "reads of an element of x", double(run.arguments[1].loads.lanes) / (16 * 256), 2);
  saw_all(check, run, 16 * 256, 16);
}

// ---- 7.2

Row softmax_of(Row x) {
#if LAB_function_softmin
  for (double& v : x) v = -v;
#endif
  const double largest = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (const double v : x) sum += std::exp(v - largest);
#if LAB_function_logsoftmax
  for (double& v : x) v = v - largest - std::log(sum);
#else
  for (double& v : x) v = std::exp(v - largest) / sum;
#endif
  return x;
}

Launched check_softmax(Check& check, const Tensor& x) {
  const i64 rows = x.size(0), columns = x.size(1);
  Launched run = softmax(Output{x.shape()}, x, int(rows), int(columns));
  check.near("y for x of " + extents(rows, columns), run.outputs[0], from(each_row(x, softmax_of), x.shape()), 1e-5);
  return run;
}

void softmax_values(Check& check) { check_softmax(check, draw(check, {6, 64})); }

void softmax_any(Check& check) {
  check_softmax(check, draw(check, {5, 33}));
  check_softmax(check, draw(check, {3, 5}));
  check_softmax(check, draw(check, {2, 1}));
  check_softmax(check, draw(check, {1, 300}));
}

void softmax_of_large(Check& check) {
  check_softmax(check, from({1000, 0, -1000, -1000, -1000, -1001, 1000, 1000, 999}, {3, 3}, Dtype::f32));
  check_softmax(check, draw(check, {4, 40}) * 300.0);
}

void softmax_by_shuffles(Check& check) {
  const Launched run = check_softmax(check, draw(check, {16, 256}));
  uses_shuffles_alone(check, run);
  at_most(check, "sectors a request that reads x", run.arguments[1].loads.sectors_per_request(), 4.1);
  by_whole_warps(check, "reads x", run.arguments[1].loads);
  at_most(check, "sectors a request that writes y", run.arguments[0].stores.sectors_per_request(), 4.1);
  at_most(check, "reads of an element of x", double(run.arguments[1].loads.lanes) / (16 * 256), 3);
  saw_all(check, run, 16 * 256, 16 * 256);
}

// ---- 7.3

double statistic(const Row& x) {
  const double largest = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (const double v : x) sum += std::exp(v - largest);
#if LAB_statistic_logsumexp
  return largest + std::log(sum);
#elif LAB_statistic_logmeanexp
  return largest + std::log(sum / double(x.size()));
#elif LAB_statistic_peak
  return 1 / sum;
#endif
}

Launched check_log_sum(Check& check, const Tensor& x) {
  const i64 rows = x.size(0), columns = x.size(1);
  Launched run = log_sum(Output{{rows}}, x, int(rows), int(columns));
  check.near("y for x of " + extents(rows, columns), run.outputs[0], from(each_row(x, statistic), {rows}), 1e-5);
  return run;
}

void log_sum_values(Check& check) {
  check_log_sum(check, draw(check, {8, 64}));
  check_log_sum(check, draw(check, {3, 5}));
  check_log_sum(check, draw(check, {2, 131}));
}

void log_sum_extremes(Check& check) {
  check_log_sum(check, draw(check, {4, 70}) * 400.0);
  Row values = draw(check, {4, 70}).to_vector();
  for (std::size_t i = 0; i < values.size(); ++i) {
    // The first elements of some rows, whole lanes, and all but one element of the last row.
    const std::size_t row = i / 70, column = i % 70;
    if ((row == 0 && column < 40) || (row == 1 && column % 32 == 3) || (row == 3 && column != 37)) {
      values[i] = -kInfinity;
    }
  }
  check_log_sum(check, from(values, {4, 70}, Dtype::f32));
}

void log_sum_reads(Check& check) {
  const Launched run = check_log_sum(check, draw(check, {16, 256}));
  at_most(check, "reads of an element of x", double(run.arguments[1].loads.lanes) / (16 * 256), 1);
  at_most(check, "sectors a request that reads x", run.arguments[1].loads.sectors_per_request(), 4.1);
  by_whole_warps(check, "reads x", run.arguments[1].loads);
  uses_shuffles_alone(check, run);
  saw_all(check, run, 16 * 256, 16);
}

// ---- 7.4

constexpr double kEps = 1e-3;

Row normalized(const Row& x, const Row& weight, const Row& bias) {
  const auto n = double(x.size());
  double mean = 0, squares = 0;
#if LAB_norm_layer
  for (const double v : x) mean += v / n;
#endif
  for (const double v : x) squares += (v - mean) * (v - mean);
#if LAB_norm_length
  const double divisor = std::sqrt(squares) + kEps;
#else
  const double divisor = std::sqrt(squares / n + kEps);
#endif
  Row y;
  for (std::size_t j = 0; j < x.size(); ++j) y.push_back((x[j] - mean) / divisor * weight[j] + bias[j]);
  return y;
}

Launched check_normalize(Check& check, const Tensor& x, double tolerance) {
  const i64 rows = x.size(0), columns = x.size(1);
  const Tensor weight = draw(check, {columns}), bias = draw(check, {columns});
  const Row w = weight.to_vector(), b = bias.to_vector();
  Launched run = normalize(Output{x.shape()}, x, weight, bias, int(rows), int(columns), float(kEps));
  const Row expected = each_row(x, [&](const Row& row) { return normalized(row, w, b); });
  check.near("y for x of " + extents(rows, columns), run.outputs[0], from(expected, x.shape()), tolerance);
  return run;
}

void normalize_values(Check& check) {
  check_normalize(check, draw(check, {3, 256}), 1e-5);
  check_normalize(check, draw(check, {4, 128}) * 3.0, 1e-5);
}

void normalize_any(Check& check) {
  check_normalize(check, draw(check, {5, 33}), 1e-5);
  check_normalize(check, draw(check, {2, 1}), 1e-5);
  check_normalize(check, draw(check, {1, 300}), 1e-5);
}

// BEGIN HIDDEN
void normalize_large_mean(Check& check) { check_normalize(check, draw(check, {3, 200}) + 1000.0, 2e-3); }
// END HIDDEN

void normalize_by_blocks(Check& check) {
  const Launched run = check_normalize(check, draw(check, {6, 256}), 1e-5);
  at_least(check, "threads a row", double(run.threads) / 6, 128);
  at_most(check, "accesses of shared memory a row", double(run.shared.loads.lanes + run.shared.stores.lanes) / 6, 2200);
  at_most(check, "sectors a request that reads x", run.arguments[1].loads.sectors_per_request(), 4.1);
  by_whole_warps(check, "reads x", run.arguments[1].loads);
  at_most(check, "sectors a request that writes y", run.arguments[0].stores.sectors_per_request(), 4.1);
  saw_all(check, run, 6 * 256 + 512, 6 * 256);
}

// ---- 7.5

bool sees(int i, int j) {
#if LAB_mask_causal
  return j <= i;
#elif LAB_mask_window
  return j <= i && j > i - 32;
#elif LAB_mask_future
  return j >= i;
#endif
}

Row attend(const Tensor& q, const Tensor& k, const Tensor& v, double scale) {
  const std::vector<Row> queries = rows_of(q), keys = rows_of(k), values = rows_of(v);
  Row o;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    Row scores(keys.size(), -kInfinity);
    for (std::size_t j = 0; j < keys.size(); ++j) {
      if (!sees(int(i), int(j))) continue;
      scores[j] = 0;
      for (std::size_t d = 0; d < lab::kDepth; ++d) scores[j] += scale * queries[i][d] * keys[j][d];
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    Row sums(lab::kDepth, 0.0);
    double total = 0;
    for (std::size_t j = 0; j < keys.size(); ++j) {
      const double p = std::exp(scores[j] - largest);
      total += p;
      for (std::size_t d = 0; d < lab::kDepth; ++d) sums[d] += p * values[j][d];
    }
    for (const double sum : sums) o.push_back(sum / total);
  }
  return o;
}

Launched check_attention(Check& check, i64 tokens, double size, float scale) {
  const Shape shape{tokens, lab::kDepth};
  const Tensor q = draw(check, shape) * size, k = draw(check, shape) * size, v = draw(check, shape);
  Launched run = attention(Output{shape}, q, k, v, int(tokens), scale);
  check.near(concat("o for ", tokens, " tokens"), run.outputs[0], from(attend(q, k, v, double(scale)), shape), 1e-4);
  return run;
}

void attention_values(Check& check) {
  check_attention(check, 32, 1, 0.25f);
  check_attention(check, 64, 1, 0.125f);
}

void attention_any(Check& check) {
  for (const int tokens : {1, 7, 33, 70}) check_attention(check, tokens, 1, 0.25f);
}

void attention_large(Check& check) { check_attention(check, 48, 8, 1); }

void attention_tiles(Check& check) {
  const Launched run = check_attention(check, 128, 1, 0.25f);
  at_most(check, "sectors of k", double(run.arguments[2].loads.sectors), 4 * 4 * 128 * 1.05);
  at_most(check, "sectors of v", double(run.arguments[3].loads.sectors), 4 * 4 * 128 * 1.05);
  by_whole_warps(check, "reads k", run.arguments[2].loads);
  by_whole_warps(check, "reads v", run.arguments[3].loads);
  at_most(check, "sectors a request that writes o", run.arguments[0].stores.sectors_per_request(), 4.1);
  saw_all(check, run, 3 * 128 * 32, 128 * 32);
}

void attention_skips(Check& check) {
#if LAB_mask_window
  const double tiles = 7;
#else
  const double tiles = 10;
#endif
  const Launched run = check_attention(check, 128, 1, 0.25f);
  at_most(check, "sectors of k", double(run.arguments[2].loads.sectors), tiles * 128 * 1.05);
  at_most(check, "sectors of v", double(run.arguments[3].loads.sectors), tiles * 128 * 1.05);
  by_whole_warps(check, "reads k", run.arguments[2].loads);
  by_whole_warps(check, "reads v", run.arguments[3].loads);
  saw_all(check, run, 3 * 128 * 32, 128 * 32);
}

// ---- 7.6

Launched check_masked(Check& check, const Tensor& x, const std::vector<int>& keep) {
  const i64 rows = x.size(0), columns = x.size(1);
  std::vector<int> mask = keep;
#if LAB_polarity_drop
  for (int& m : mask) m = 1 - m;
#endif
  Launched run = masked_softmax(Output{x.shape()}, x, mask, int(rows), int(columns));
  std::size_t at = 0;
  const Row expected = each_row(x, [&](Row row) {
    double largest = -kInfinity, sum = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (keep[at + j] != 0) largest = std::max(largest, row[j]);
    }
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] = keep[at + j] != 0 ? std::exp(row[j] - largest) : 0;
      sum += row[j];
    }
    for (double& v : row) v = sum > 0 ? v / sum : 0;
    at += row.size();
    return row;
  });
  check.near("y for x of " + extents(rows, columns), run.outputs[0], from(expected, x.shape()), 1e-5);
  return run;
}

/// Zeros and ones; at least one 1 in each row.
std::vector<int> draw_mask(Check& check, i64 rows, i64 columns) {
  const Row noise = draw(check, {rows, columns}).to_vector();
  std::vector<int> keep;
  for (const double v : noise) keep.push_back(v > 0);
  for (i64 row = 0; row < rows; ++row) keep[std::size_t(row * columns + (row * 5) % columns)] = 1;
  return keep;
}

void masked_values(Check& check) {
  check_masked(check, draw(check, {6, 64}), draw_mask(check, 6, 64));
  check_masked(check, draw(check, {5, 33}) * 300.0, draw_mask(check, 5, 33));
  check_masked(check, draw(check, {3, 7}), draw_mask(check, 3, 7));
}

void masked_rows(Check& check) {
  std::vector<int> keep = draw_mask(check, 5, 40);
  std::fill(keep.begin() + 40, keep.begin() + 80, 0);
  std::fill(keep.begin() + 160, keep.end(), 0);
  check_masked(check, draw(check, {5, 40}), keep);
  check_masked(check, draw(check, {1, 1}), {0});
}

}  // namespace

int main(int argc, char** argv) {
  return cadena::labs::run(argc, argv,
                           {{"ReduceRows.Values", reduce_values},
                            {"ReduceRows.AnyExtents", reduce_any},
                            {"ReduceRows.ByShuffles", reduce_by_shuffles},
                            {"Softmax.Values", softmax_values},
                            {"Softmax.AnyExtents", softmax_any},
                            {"Softmax.LargeNumbers", softmax_of_large},
                            {"Softmax.ByShuffles", softmax_by_shuffles},
                            {"LogSum.Values", log_sum_values},
                            {"LogSum.Extremes", log_sum_extremes},
                            {"LogSum.OnePass", log_sum_reads},
                            {"Normalize.Values", normalize_values},
                            {"Normalize.AnyExtents", normalize_any},
                            // BEGIN HIDDEN
                            {"Normalize.LargeMean", normalize_large_mean},
                            // END HIDDEN
                            {"Normalize.ABlockARow", normalize_by_blocks},
                            {"Attention.Values", attention_values},
                            {"Attention.AnyLength", attention_any},
                            {"Attention.LargeScores", attention_large},
                            {"Attention.Tiles", attention_tiles},
                            {"Attention.SkipsTiles", attention_skips},
                            {"MaskedSoftmax.Values", masked_values},
                            {"MaskedSoftmax.NothingLeft", masked_rows}});
}
