// Runs a ladder of CUDA kernels step by step: correct, how fast or how well it treats memory, what share of its peer.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cuda/ladder/gemm/tune.h"
#include "cuda/ladder/ladders.h"
#include "cuda/runtime/device.h"
#include "tools/ladder/table.h"

namespace {

using namespace cadena;
using cuda::ladder::Ladder;

// The ladder of a name, or all of them.
std::vector<const Ladder*> chosen(const std::string& name) {
  if (name != "all") return {&cuda::ladder::find_ladder(name)};
  std::vector<const Ladder*> all;
  for (const Ladder& ladder : cuda::ladder::ladders()) all.push_back(&ladder);
  return all;
}

void require_steps(const std::vector<const Ladder*>& ladders, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto place = cuda::ladder::find_any_step(id);
    if (std::find(ladders.begin(), ladders.end(), place.ladder) == ladders.end()) {
      throw std::invalid_argument(fmt::format("step {} belongs to the ladder {}", id, place.ladder->name));
    }
  }
}

// The speed of each tile shape of G9, for the table that chooses among them.
void print_tile_shapes(int size) {
  if (cuda::is_emulated()) throw std::runtime_error("--tune needs a GPU; the emulator's speed says nothing about one");
  for (const auto& shape : cuda::ladder::tune_g9(size)) {
    fmt::print("G9, shape {}: {:.1f} GFLOP/s{}\n", shape.number, shape.gflops, shape.is_chosen ? " (chosen)" : "");
  }
}

void write_json(const std::string& path, const std::vector<std::string>& tables) {
  std::string text = tables.size() == 1 ? tables.front() : fmt::format("[{}]\n", fmt::join(tables, ","));
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

int run(int argc, char** argv) {
  CLI::App app{"Runs a ladder of CUDA kernels step by step.", "ladder"};
  std::string name, json, plot;
  int size = 0;
  std::vector<std::string> steps;
  bool strict = false, once = false, tune = false;
  std::string known;
  for (const Ladder& ladder : cuda::ladder::ladders()) known += ladder.name + ", ";
  app.add_option("ladder", name, known + "or all")->required();
  app.add_option("--size", size, "The size of the problem (without a GPU a small one that shows every metric)")
      ->check(CLI::Range(1, 65536));
  app.add_option("--steps", steps, "Only these steps, for example G1,G3")->delimiter(',');
  app.add_option("--json", json, "Also write the table to this file");
  auto* draws = app.add_option("--plot", plot, "Also draw the shares as bars, and as a picture in this folder")
                    ->expected(0, 1)
                    ->default_str("out");
  app.add_flag("--strict", strict, "End with 1 also where a count differs from what its step predicts");
  app.add_flag("--once", once, "Run each step a single time and measure nothing, for a profiler to look at");
  app.add_flag("--tune", tune, "Time every tile shape of G9 instead (needs a GPU)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (draws->count() > 0 && plot.empty()) plot = "out";

  const auto ladders = chosen(name);
  require_steps(ladders, steps);
  if (tune) {
    print_tile_shapes(size > 0 ? size : 4096);
    return 0;
  }
  bool good = true;
  std::vector<std::string> tables;
  for (const Ladder* ladder : ladders) {
    const int here = size > 0 ? size : cuda::is_emulated() ? ladder->counted_size : ladder->timed_size;
    const tools::Table table = tools::run(*ladder, here, steps, once);
    if (table.lines.empty()) continue;
    if (!tables.empty()) fmt::print("\n");
    tools::print(table);
    if (!plot.empty()) {
      tools::print_bars(table);
      fmt::print("{}\n", tools::draw(table, plot));
    }
    tables.push_back(tools::to_json(table));
    good = good && std::none_of(table.lines.begin(), table.lines.end(), [&](const tools::Line& line) {
             return line.outcome == tools::Line::Outcome::wrong || line.outcome == tools::Line::Outcome::fault ||
                    (strict && !line.as_predicted());
           });
  }
  if (!json.empty()) write_json(json, tables);
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ladder: %s\n", error.what());
    return 2;
  }
}
