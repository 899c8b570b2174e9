// Trains GPT-2 on random tokens: tokens a second, memory, and losses to hold against PyTorch's
// (bench/training/peer.py).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "bench/training/training.h"
#include "cuda/runtime/device.h"
#include "tensor/io/file.h"

namespace bench {
namespace {

using cadena::Device;
using cadena::Dtype;
using cadena::i64;
using Json = nlohmann::ordered_json;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

Json to_json(const Plan& plan, const Outcome& outcome) {
  Json json{{"program", "Cadena"},
            {"mode", plan.graph ? "graph" : "eager"},
            {"device", plan.device.is_cuda() ? cadena::cuda::device_name() : to_string(plan.device)},
            {"dtype", to_string(plan.dtype)},
            {"vocabulary", plan.model.vocabulary},
            {"context", plan.model.context},
            {"layers", plan.model.layers},
            {"heads", plan.model.heads},
            {"width", plan.model.width},
            {"batch", plan.batch},
            {"learning_rate", plan.learning_rate},
            {"parameters", outcome.parameters},
            {"peak_memory", outcome.peak_memory},
            {"graph_size", outcome.graph_size},
            {"tokens_per_second", nullptr},
            {"ms_per_step", nullptr},
            {"repetitions", Json::array()},
            {"losses", outcome.losses},
            {"gradient_norms", outcome.gradient_norms}};
  if (!outcome.seconds.empty()) {
    const auto tokens = static_cast<double>(plan.batch * plan.model.context * plan.steps_each);
    for (const double seconds : outcome.seconds) json["repetitions"].push_back(tokens / seconds);
    json["tokens_per_second"] = tokens / median(outcome.seconds);
    json["ms_per_step"] = 1000 * median(outcome.seconds) / plan.steps_each;
  }
  return json;
}

int run(int argc, char** argv) {
  CLI::App app{"Trains GPT-2 on random tokens and reports its speed and its losses.", "gpt_training"};
  app.option_defaults()->always_capture_default();
  Plan plan;
  std::string device = "cpu", dtype = "f32", json;
  const CLI::Range any_size(i64{1}, i64{1} << 20);
  app.add_option("--device", device)->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--dtype", dtype, "of the weights")->check(CLI::IsMember({"f32", "f64", "bf16"}));
  app.add_option("--vocabulary", plan.model.vocabulary)->check(any_size);
  app.add_option("--context", plan.model.context)->check(any_size);
  app.add_option("--layers", plan.model.layers)->check(any_size);
  app.add_option("--heads", plan.model.heads)->check(any_size);
  app.add_option("--width", plan.model.width)->check(any_size);
  app.add_option("--batch", plan.batch, "sequences in a step")->check(any_size);
  app.add_option("--steps", plan.steps, "whose losses are reported; they warm up, too")->check(CLI::Range(0, 100000));
  app.add_option("--repetitions", plan.repetitions, "that are timed after them")->check(CLI::Range(0, 1000));
  app.add_option("--steps-each", plan.steps_each, "steps of a repetition")->check(CLI::Range(1, 100000));
  app.add_option("--seconds", plan.seconds, "after which no further repetition begins")->check(CLI::Range(1e-3, 1e6));
  app.add_option("--learning-rate", plan.learning_rate)->check(CLI::Range(0.0, 1e6));
  app.add_flag("--graph", plan.graph, "Record a step as a CUDA graph and replay it");
  app.add_option("--seed", plan.seed, "of weights and tokens");
  auto* saves = app.add_option("--save", plan.save, "Leave the first weights and the tokens in this folder");
  app.add_option("--load", plan.load, "Take them from there instead of a seed")->excludes(saves);
  app.add_option("--json", json, "Write the report to this file instead of printing it");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  plan.device = device == "cuda" ? Device::cuda() : Device::cpu();
  plan.dtype = dtype == "bf16" ? Dtype::bf16 : dtype == "f64" ? Dtype::f64 : Dtype::f32;

  if (!json.empty()) cadena::FileWriter{json};  // what cannot be written fails now, not after hours of training
  const std::string report = to_json(plan, train(plan)).dump(1) + "\n";
  if (json.empty()) {
    std::fputs(report.c_str(), stdout);
  } else {
    cadena::write_file(json, report);
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gpt_training: %s\n", error.what());
    return 1;
  }
}
