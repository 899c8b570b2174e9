#include "tutorials/support/chapter.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace cadena::tutorials {

Run::Run(std::filesystem::path folder, Repeats repeats) : folder_(std::move(folder)), repeats_(repeats) {
  std::filesystem::create_directories(folder_ / "figures");
}

void Run::section(const std::string& name, Section options) {
  if (!sections_.insert_or_assign(name, Text{"", options.tolerance}).second && repeats_ == Repeats::refused)
    throw std::logic_error("section '" + name + "' was printed before");
  section_ = name;
}

void Run::write(const std::string& text) {
  if (section_.empty()) throw std::logic_error("print outside of a section: " + text);
  sections_.at(section_).text += text;
  std::fputs(text.c_str(), stdout);
}

void Run::value(const std::string& key, double x, double tolerance) {
  if (!values_.insert_or_assign(key, Number{x, tolerance}).second && repeats_ == Repeats::refused)
    throw std::logic_error("value '" + key + "' was reported before");
}

void Run::finish() const {
  nlohmann::ordered_json report = {{"sections", nlohmann::ordered_json::object()},
                                   {"values", nlohmann::ordered_json::object()},
                                   {"figures", nlohmann::ordered_json::object()}};
  for (const auto& [name, section] : sections_)
    report["sections"][name] = {{"text", section.text}, {"tolerance", section.tolerance}};
  for (const auto& [key, number] : values_)
    report["values"][key] = {{"value", number.value}, {"tolerance", number.tolerance}};
  for (const auto& [name, tolerance] : figures_) report["figures"][name] = {{"tolerance", tolerance}};
  std::ofstream out(folder_ / "run.json");
  out << report.dump(1) << "\n";
  if (!out.flush()) throw std::runtime_error((folder_ / "run.json").string() + ": cannot be written");
}

std::string source_file(const std::string& name) { return std::string(CADENA_SOURCE_DIR) + "/" + name; }

int run(int argc, char** argv, const std::string& chapter, const std::function<void(Run&)>& body) {
  CLI::App app{"The example of chapter " + chapter + ": prints its results and draws its figures."};
  std::string folder = "out/" + chapter;
  app.add_option("--out", folder, "Where the report goes");
  CLI11_PARSE(app, argc, argv);
  try {
    Run run(folder);
    body(run);
    run.finish();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", chapter.c_str(), error.what());
    return 1;
  }
}

}  // namespace cadena::tutorials
