// The main job: check gradients, classify real data, train a small GPT on arithmetic and on text, and write a report.

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "cuda/runtime/device.h"
#include "demo/interrupt.h"
#include "demo/settings.h"
#include "demo/training.h"
#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"

namespace demo {
namespace {

struct Part {
  const char* name;
  const char* what;
  Result (*run)(const Settings&);
  std::vector<Plan> trainings;
};

const Part kParts[] = {
    {"gradients", "check the gradients of a small network and draw its graph", check_gradients, {}},
    {"classify",
     "logistic regression on breast cancer, a convolutional network on digits",
     classify,
     {kBreastCancerPlan, kDigitsPlan}},
    {"addition", "a GPT that learns to add two-digit numbers", add_numbers, {kAdditionPlan}},
    {"text", "the same GPT on text", write_text, {kTextPlan}},
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

constexpr int kInterrupted = 130;  // what shells report of a program that Ctrl-C ended

/// Empty if `text` is an effort between the least and the most, otherwise what is wrong with it.
std::string in_range(const std::string& text) {
  char* end = nullptr;
  const double effort = std::strtod(text.c_str(), &end);
  if (*end == '\0' && effort >= kLeastEffort && effort <= kMostEffort) return "";  // NaN fails both
  return cadena::concat("expected a number from ", kLeastEffort, " to ", kMostEffort, ", got ", text);
}

/// The same for a seed: CLI11 alone would take -1 for the largest one, and 010 for 8.
std::string is_seed(const std::string& text) {
  std::uint64_t seed = 0;
  std::from_chars(text.data(), text.data() + text.size(), seed);
  if (text == std::to_string(seed)) return "";
  return cadena::concat("expected a whole number from 0 to ", std::to_string(UINT64_MAX), ", got ", text);
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
  std::string text_file;
  app.add_option("--text", text_file, "text file for the language model (default: the project's own pages)");
  app.add_option("--out", settings.out, "folder for figures and checkpoints")->capture_default_str();
  app.add_option("--seed", settings.seed, "seed of everything random")->capture_default_str()->check(is_seed);
  std::string device = "cpu";
  app.add_option("--device", device, "where to compute: cpu or cuda")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--effort", settings.effort, "multiplies the number of training steps")
      ->capture_default_str()
      ->check(in_range);
  app.add_flag("--fresh", settings.fresh, "start anew even if there is a checkpoint");
  CLI11_PARSE(app, argc, argv);

  const auto wanted = [&](const Part& part) {
    return only.empty() || std::find(only.begin(), only.end(), part.name) != only.end();
  };
  const FolderLock lock = make_folders(settings);
  if (std::any_of(std::begin(kParts), std::end(kParts),
                  [&](const Part& part) { return part.run == write_text && wanted(part); })) {
    settings.text = load_text(text_file);
  }
  stop_on_interrupt();
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
  for (const Part& part : kParts) {
    if (!wanted(part)) continue;
    for (const Plan& plan : part.trainings) check_checkpoint(settings, plan);
  }
  const auto began = std::chrono::steady_clock::now();
  std::vector<Result> results;
  for (const Part& part : kParts) {
    if (!wanted(part)) continue;
    std::printf("\n== %s: %s\n", part.name, part.what);
    results.push_back(part.run(settings));
    if (!results.back().finished) return kInterrupted;
    if (interrupted()) {
      std::printf("\nStopped after %s; the next run continues there\n", part.name);
      return kInterrupted;
    }
  }
  print_report(results, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  remove_checkpoints(settings);  // a finished demo has nothing to continue
  return 0;
}

}  // namespace
}  // namespace demo

int main(int argc, char** argv) {
  try {
    const int status = demo::run(argc, argv);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    std::fprintf(stderr, "cadena demo: the report could not be written\n");
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cadena demo: %s\n", error.what());
    return 1;
  }
}
