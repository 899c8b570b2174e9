// Runs a ladder of CUDA kernels step by step: correct, how fast, what share of the vendor's library.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/core.h>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/gemm/reference.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/ladder/gemm/vendor.h"
#include "cuda/ladder/machine.h"
#include "cuda/ladder/meter.h"

namespace {

using namespace cadena::cuda;
using namespace cadena::cuda::ladder;

// One line of the table.
struct Line {
  std::string id, title, metric, expected, verdict;
  double max_error = 0;
  std::vector<Reading> readings;
  std::optional<double> share;  // of cuBLAS, in percent
};

struct Options {
  int size = 0;
  std::vector<std::string> steps;
  std::string json;
  bool plot = false, tune = false;
};

float to_float(float value) { return value; }
float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }
void assign(float& to, float value) { to = value; }
void assign(__nv_bfloat16& to, float value) { to = __float2bfloat16(value); }

template <class T>
std::vector<T> random_values(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<T> values(count);
  for (T& value : values) assign(value, uniform(generator));
  return values;
}

template <class T>
std::vector<float> floats(const std::vector<T>& values) {
  std::vector<float> result(values.size());
  std::transform(values.begin(), values.end(), result.begin(), [](T value) { return to_float(value); });
  return result;
}

// Rows compared with f64: all of a small product, 32 of a large one.
std::vector<int> rows_to_compare(int M) {
  std::vector<int> rows;
  for (int i = 0; i < std::min(M, M <= 512 ? M : 32); ++i)
    rows.push_back(M <= 512 ? i : static_cast<int>(i * (M - 1LL) / 31));
  return rows;
}

// A square product of random matrices, with the speed of cuBLAS where there is one.
template <class T>
class Bench {
 public:
  explicit Bench(int size)
      : size_(size),
        values_a_(random_values<T>(elements(), 1)),
        values_b_(random_values<T>(elements(), 2)),
        a_(values_a_),
        b_(values_b_),
        c_(std::vector<T>(elements())),
        meter_(machine_meter()) {
    if (has_vendor_gemm()) vendor_ = speed([this] { vendor_gemm(problem()); });
  }

  Line run(const Step<Gemm<T>>& step) {
    Line line;
    line.id = step.id;
    line.title = step.title;
    line.metric = fmt::format("{}: {:g} -> {:g}", step.metric.name, step.metric.before, step.metric.after);
    line.expected = fmt::format("{:g} to {:g}", step.expected.least, step.expected.most);
    if (!runs_here(step.compute_capability, step.emulated)) {
      line.verdict = step.emulated ? "needs a newer GPU" : "unproved: needs compute capability 9.0";
      return line;
    }
    step.run(problem());
    const Comparison result =
        compare_gemm(size_, size_, size_, 1, floats(values_a_), floats(values_b_), 0, {}, floats(c_.to_host()),
                     std::is_same_v<T, float> ? kFloatRounding : kBf16Rounding, rows_to_compare(size_));
    line.verdict = result.correct() ? "correct" : "WRONG";
    line.max_error = result.max_error;
    line.readings = meter_->read([&] { step.run(problem()); }, flop());
    if (vendor_) line.share = 100 * line.readings.back().value / *vendor_;
    return line;
  }

  Gemm<T> problem() const {
    return {.M = size_, .N = size_, .K = size_, .A = a_.data(), .B = b_.data(), .C = c_.data(), .stream = nullptr};
  }
  double flop() const { return 2.0 * size_ * size_ * size_; }

  // GFLOP/s, the last column of the clock.
  double speed(const std::function<void()>& run) { return meter_->read(run, flop()).back().value; }

 private:
  std::size_t elements() const { return static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_); }
  int size_;
  std::vector<T> values_a_, values_b_;
  DeviceArray<T> a_, b_, c_;
  std::unique_ptr<Meter> meter_;
  std::optional<double> vendor_;
};

template <class T>
void run_steps(const Options& options, std::vector<Line>& lines) {
  std::optional<Bench<T>> bench;
  for (const auto& step : gemm_steps<T>()) {
    const auto& chosen = options.steps;
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), step.id) == chosen.end()) continue;
    if (!bench) bench.emplace(options.size);
    lines.push_back(bench->run(step));
  }
}

void print(const std::vector<Line>& lines, int size) {
  fmt::print("{}, {} x {} x {}, C = A B\n\n", device_name(), size, size, size);
  fmt::print("{:<4}{:<56}{:<10}{:<11}{:<16}{}\n", "", "step", "", "max error", "% of cuBLAS", "what must move");
  for (const Line& line : lines) {
    const bool ran = line.verdict == "correct" || line.verdict == "WRONG";
    fmt::print("{:<4}{:<56}{:<10}{:<11}{:<16}{}\n", line.id, line.title, ran ? line.verdict : "-",
               ran ? fmt::format("{:.1e}", line.max_error) : "-",
               line.share ? fmt::format("{:.1f} ({})", *line.share, line.expected) : "(" + line.expected + ")",
               line.metric);
    for (const Reading& reading : line.readings) fmt::print("    {}: {:.4g}\n", reading.name, reading.value);
    if (!ran) fmt::print("    {}\n", line.verdict);
  }
  fmt::print("\nIn brackets: the share to expect on an H200.{}\n",
             is_emulated() ? " This is the emulator: it proves results, its speed says nothing about a GPU." : "");
}

// Bars of the share of cuBLAS: '=' measured, '-' the range to expect.
void plot(const std::vector<Line>& lines,
          const std::function<std::pair<double, double>(const std::string&)>& expected) {
  fmt::print("\n{:<4}0 %{:>24}{:>25}\n", "", "50 %", "100 % of cuBLAS");
  for (const Line& line : lines) {
    std::string bar(56, ' ');
    const auto [least, most] = expected(line.id);
    const auto place = [](double percent) { return std::min<std::size_t>(55, static_cast<std::size_t>(percent / 2)); };
    for (std::size_t i = 0; line.share && i <= place(*line.share); ++i) bar[i] = '=';
    for (std::size_t i = place(least); i <= place(most); ++i) bar[i] = bar[i] == '=' ? '#' : '-';
    fmt::print("{:<4}{}\n", line.id, bar);
  }
  fmt::print("{:<4}= measured, - to expect, # both\n", "");
}

void write_json(const std::string& path, const std::vector<Line>& lines, int size) {
  std::ofstream out(path);
  out << fmt::format("{{\"device\": \"{}\", \"emulated\": {}, \"size\": {}, \"steps\": [", device_name(), is_emulated(),
                     size);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    out << fmt::format("{}\n  {{\"id\": \"{}\", \"verdict\": \"{}\", \"max_error\": {:.3e}", i ? "," : "", line.id,
                       line.verdict, line.max_error);
    for (const Reading& reading : line.readings) out << fmt::format(", \"{}\": {:.6g}", reading.name, reading.value);
    if (line.share) out << fmt::format(", \"percent_of_cublas\": {:.2f}", *line.share);
    out << "}";
  }
  out << "\n]}\n";
  if (!out.flush()) throw std::runtime_error("ladder: cannot write " + path);
}

std::pair<double, double> expected_share(const std::string& id) {
  for (const auto& step : gemm_steps<float>()) {
    if (step.id == id) return {step.expected.least, step.expected.most};
  }
  const auto& step = find_step(gemm_steps<__nv_bfloat16>(), id);
  return {step.expected.least, step.expected.most};
}

// The speed of each tile shape of G9, for the table that chooses among them.
void tune(int size) {
  Bench<float> bench(size);
  for (int number = 0; number < gemm_g9_configurations(); ++number) {
    fmt::print("G9, shape {}: {:.1f} GFLOP/s{}\n", number, bench.speed([&] { gemm_g9_with(number, bench.problem()); }),
               number == gemm_g9_choice(size, size, multiprocessors()) ? " (chosen)" : "");
  }
}

int run(int argc, char** argv) {
  CLI::App app{"Runs the ladder of matrix products step by step."};
  std::string name = "gemm";
  Options options;
  app.add_option("ladder", name, "Which ladder")->check(CLI::IsMember({"gemm"}));
  app.add_option("--size", options.size, "Rows and columns of the matrices (129 under the emulator, 4096 on a GPU)")
      ->check(CLI::Range(1, 32768));
  app.add_option("--steps", options.steps, "Steps, for example G1,G3 (all)")->delimiter(',');
  app.add_option("--json", options.json, "Also write the table to this file");
  app.add_flag("--plot", options.plot, "Also draw the shares");
  app.add_flag("--tune", options.tune, "Time every tile shape of G9 instead (needs a GPU)");
  CLI11_PARSE(app, argc, argv);
  if (options.size == 0) options.size = is_emulated() ? 129 : 4096;
  for (const std::string& id : options.steps) expected_share(id);  // throws for an unknown step
  if (options.tune) {
    if (is_emulated())
      throw std::runtime_error("ladder: --tune needs a GPU; the emulator's speed says nothing about one");
    tune(options.size);
    return 0;
  }

  std::vector<Line> lines;
  run_steps<float>(options, lines);
  run_steps<__nv_bfloat16>(options, lines);
  print(lines, options.size);
  if (options.plot) plot(lines, expected_share);
  if (!options.json.empty()) write_json(options.json, lines, options.size);
  return std::none_of(lines.begin(), lines.end(), [](const Line& line) { return line.verdict == "WRONG"; }) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
