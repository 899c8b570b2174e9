// Runs one step of a ladder under the microscope. All steps are compiled with its instrumentation into this program.
#include <cuda_bf16.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "cuda/ladder/device_array.h"
#include "cuda/ladder/gemm/steps.h"
#include "cuda/ladder/reduce/steps.h"
#include "cuda/ladder/transpose/steps.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/microscope/output.h"

namespace {

using namespace cadena::cuda;
using namespace cadena::cuda::ladder;

/// Numbers between -1 and 1 without a pattern.
std::vector<float> numbers(int count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i * i % 1009));
  return values;
}

template <class T>
std::vector<T> rounded(const std::vector<float>& values) {
  return std::vector<T>(values.begin(), values.end());
}
template <>
std::vector<__nv_bfloat16> rounded(const std::vector<float>& values) {
  std::vector<__nv_bfloat16> result;
  for (const float value : values) result.push_back(__float2bfloat16(value));
  return result;
}

/// C = A B of square matrices.
template <class T>
void run(const Step<Gemm<T>>& step, int size) {
  const auto values = rounded<T>(numbers(size * size));
  const DeviceArray<T> a(values), b(values), c(values);
  step.run({.M = size, .N = size, .K = size, .A = a.data(), .B = b.data(), .C = c.data()});
  check(cudaDeviceSynchronize(), step.id);
}

void run(const Step<Transpose>& step, int size) {
  const DeviceArray<float> in(numbers(size * size)), out(numbers(size * size));
  step.run({.rows = size, .columns = size, .in = in.data(), .out = out.data()});
  check(cudaDeviceSynchronize(), step.id);
}

/// The sum of size^2 numbers.
void run(const Step<Sum>& step, int size) {
  const DeviceArray<float> in(numbers(size * size)), out(numbers(1)), partial(numbers(kPartialSums));
  step.run({.count = static_cast<size_t>(size) * static_cast<size_t>(size),
            .in = in.data(),
            .out = out.data(),
            .partial = partial.data()});
  check(cudaDeviceSynchronize(), step.id);
}

template <class Problem>
void list(Steps<Problem> steps) {
  for (const auto& step : steps) {
    std::printf("%-4s %s; %s: %g to %g%s\n", step.id, step.title, step.metric.name, step.metric.before,
                step.metric.after, step.emulated ? "" : " (needs a GPU)");
  }
}

/// Runs the step called `id` if it is one of these. Returns its source, otherwise an empty string.
template <class Problem>
std::string run_if_here(Steps<Problem> steps, const std::string& id, int size) {
  for (const auto& step : steps) {
    if (id != step.id) continue;
    if (!step.emulated)
      throw std::invalid_argument("microscope: step " + id + " needs a GPU: the emulator lacks its instructions");
    std::printf("%s, %s: size %d\npredicted: %s from %g to %g\n\n", step.id, step.title, size, step.metric.name,
                step.metric.before, step.metric.after);
    run(step, size);
    return step.source;
  }
  return "";
}

int run_step(const std::string& id, int size) {
  std::string source = run_if_here(gemm_steps<float>(), id, size);
  if (source.empty()) source = run_if_here(gemm_steps<__nv_bfloat16>(), id, size);
  if (source.empty()) source = run_if_here(transpose_steps(), id, size);
  if (source.empty()) source = run_if_here(sum_steps(), id, size);
  if (source.empty()) {
    throw std::invalid_argument("microscope: there is no step '" + id + "'; `cadena microscope list` names them");
  }
  microscope::Outputs outputs = microscope::outputs_from_environment();
  outputs.report.nvcc_source = outputs.root.empty() ? source : outputs.root + "/" + source;
  return microscope::write_outputs(outputs) ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc > 1 ? argv[1] : "list";
  if (what == "list") {
    list(gemm_steps<float>());
    list(gemm_steps<__nv_bfloat16>());
    list(transpose_steps());
    list(sum_steps());
    return 0;
  }
  const int size = argc > 2 ? std::atoi(argv[2]) : 128;
  if (size < 1 || size > 4096) throw std::invalid_argument("microscope: the size is 1 to 4096; 64 to 256 are quick");
  return run_step(what, size);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
