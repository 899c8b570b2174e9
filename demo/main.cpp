// The main job: check gradients, classify real data, train a small GPT on arithmetic and on text, and write a report.

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "cuda/runtime/device.h"
#include "demo/settings.h"
#include "demo/training.h"
#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"

namespace demo {
namespace {

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

void on_interrupt(int) {
  if (stop_asked.exchange(true)) std::_Exit(130);  // a second Ctrl-C does not wait for the step
}

struct Part {
  const char* name;
  const char* what;
  Result (*run)(const Settings&);
};

constexpr Part kParts[] = {
    {"gradients", "check the gradients of a small network and draw its graph", check_gradients},
    {"classify", "logistic regression on breast cancer, a convolutional network on digits", classify},
    {"addition", "a GPT that learns to add two-digit numbers", add_numbers},
    {"text", "the same GPT on text", write_text},
};

/// The share of the training steps that the emulator, some hundred times slower than a GPU, is given.
constexpr double kEmulatedEffort = 0.02;
constexpr std::size_t kEmulatedSamples = 256;

void print_report(const std::vector<Result>& results, double seconds) {
  std::printf("\nReport (%.0f s)\n", seconds);
  for (const Result& result : results) {
    std::printf("\n%s\n", result.title.c_str());
    for (const std::string& line : result.lines) std::printf("  %s\n", line.c_str());
    for (const auto& file : result.files) std::printf("  -> %s\n", file.c_str());
  }
}

int run(int argc, char** argv) {
  Settings settings;
  std::vector<std::string> only;
  std::vector<std::string> names;
  for (const Part& part : kParts) names.emplace_back(part.name);

  CLI::App app("Trains models on real data and reports. Ctrl-C leaves a checkpoint; the next run continues from it.",
               "cadena demo");
  app.add_option("--only", only, "run these parts only: gradients, classify, addition, text")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--text", settings.text, "text file for the language model (default: the project's own pages)");
  app.add_option("--out", settings.out, "folder for figures and checkpoints")->capture_default_str();
  app.add_option("--seed", settings.seed, "seed of everything random")->capture_default_str();
  std::string device = "cpu";
  app.add_option("--device", device, "where to compute: cpu or cuda")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--effort", settings.effort, "multiplies the number of training steps")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_flag("--fresh", settings.fresh, "start anew even if there is a checkpoint");
  CLI11_PARSE(app, argc, argv);

  std::signal(SIGINT, on_interrupt);
  if (device == "cuda") settings.device = cadena::Device::cuda();
  const std::string name = device == "cuda" ? cadena::cuda::device_name() : device;
  std::printf("Cadena demo on %s, %d threads, seed %llu\n", name.c_str(), cadena::cpu::num_threads(),
              static_cast<unsigned long long>(settings.seed));
  if (device == "cuda" && cadena::cuda::is_emulated()) {
    settings.effort *= kEmulatedEffort;
    settings.evaluated = kEmulatedSamples;
    std::printf(
        "Reduced demo: there is no GPU, the CUDA kernels run under the emulator, so training is cut to %g %%.\n",
        100 * kEmulatedEffort);
  }
  const auto began = std::chrono::steady_clock::now();
  std::vector<Result> results;
  for (const Part& part : kParts) {
    if (!only.empty() && std::find(only.begin(), only.end(), part.name) == only.end()) continue;
    std::printf("\n== %s: %s\n", part.name, part.what);
    results.push_back(part.run(settings));
    if (!results.back().finished) return 130;
  }
  print_report(results, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  remove_checkpoints(settings);  // a finished demo has nothing to continue
  return 0;
}

}  // namespace

bool interrupted() { return stop_asked.load(); }

}  // namespace demo

int main(int argc, char** argv) {
  try {
    return demo::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cadena demo: %s\n", error.what());
    return 1;
  }
}
