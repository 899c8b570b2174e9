#include "cuda/runtime/microscope/output.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "cuda/runtime/microscope/write.h"

namespace cadena::cuda::microscope {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// Writes a file completely or not at all.
void write_file(const std::string& path, const std::string& text) {
  const std::string unfinished = path + ".unfinished";
  std::ofstream file(unfinished, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(unfinished, path, error);
  if (!file || error) throw std::runtime_error("microscope: cannot write " + path);
}

}  // namespace

Outputs outputs_from_environment() {
  Outputs outputs;
  if (const std::string gpu = variable("CADENA_MICROSCOPE_GPU"); !gpu.empty()) outputs.report.gpu = gpu;
  outputs.report.nvcc_source = variable("CADENA_MICROSCOPE_SOURCE");
  outputs.json = variable("CADENA_MICROSCOPE_JSON");
  outputs.html = variable("CADENA_MICROSCOPE_HTML");
  outputs.root = variable("CADENA_ROOT");
  if (!outputs.root.empty()) outputs.report.nvcc_flags = {"-I", outputs.root};
  return outputs;
}

bool write_outputs(const Outputs& outputs) {
  const Report report = make_report(outputs.report);
  std::fputs(to_text(report).c_str(), stdout);
  std::fflush(stdout);
  if (!outputs.json.empty()) write_file(outputs.json, to_json(report));
  if (!outputs.html.empty()) write_file(outputs.html, to_html(report, outputs.root));
  return report.findings.empty();
}

}  // namespace cadena::cuda::microscope
