#include "tutorials/support/ladder_report.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace cadena::tutorials {

std::vector<LadderStep> run_ladder(const std::string& name) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "ladder";
  if (!std::filesystem::exists(program)) {
    throw std::runtime_error("no program " + program.string() + ": the ladders are not in this build");
  }
  const auto file = std::filesystem::temp_directory_path() / fmt::format("cadena_{}_{}.json", name, ::getpid());
  const std::string command = fmt::format("'{}' {} --json '{}' >/dev/null", program.string(), name, file.string());
  const int status = std::system(command.c_str());
  if (status != 0) throw std::runtime_error(fmt::format("'{}' ended with status {}", command, status));
  std::ifstream stream(file);
  const nlohmann::json report = nlohmann::json::parse(stream);
  std::filesystem::remove(file);

  std::vector<LadderStep> steps;
  for (const auto& step : report.at("steps")) {
    const auto& metric = step.at("metric");
    const auto counted = metric.value("counted", nlohmann::json::array());
    const bool known = counted.size() == 2 && counted[1].is_number();
    steps.push_back({.id = step.at("id"),
                     .title = step.at("title"),
                     .metric = metric.at("name"),
                     .predicted_before = metric.at("predicted").at(0),
                     .predicted = metric.at("predicted").at(1),
                     .counted = known ? counted[1].get<double>() : std::numeric_limits<double>::quiet_NaN()});
  }
  return steps;
}

void print_ladder(Run& run, const std::vector<LadderStep>& steps) {
  run.print("{:4} {:50} {:>10} {:>10} {:>10}\n", "step", "metric", "before", "predicted", "counted");
  for (const auto& s : steps) {
    const std::string counted = std::isnan(s.counted) ? "-" : fmt::format("{:.6g}", s.counted);
    run.print("{:4} {:50} {:>10.6g} {:>10.6g} {:>10}\n", s.id, s.metric, s.predicted_before, s.predicted, counted);
  }
}

}  // namespace cadena::tutorials
