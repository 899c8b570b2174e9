#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "cuda/runtime/microscope/page_style.h"
#include "cuda/runtime/microscope/write.h"

namespace cadena::cuda::microscope {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

/// The file as it is now: where the debug information says, or below `root` under the longest end of that path.
std::filesystem::path find_source(const std::string& file, const std::string& root) {
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error)) return file;
  if (root.empty()) return {};
  for (size_t at = 0; at < file.size(); at = file.find('/', at + 1)) {
    const auto candidate = std::filesystem::path(root) / file.substr(at == 0 ? 0 : at + 1);
    if (at != 0 && std::filesystem::is_regular_file(candidate, error)) return candidate;
    if (file.find('/', at + 1) == std::string::npos) break;
  }
  return {};
}

/// What one line of the source costs, and its share of what the kernel costs.
struct Cost {
  std::vector<const MemoryLine*> memory;
  const ArithmeticLine* arithmetic = nullptr;
  std::vector<std::string> findings;
  double moved_bytes = 0;
};

using Lines = std::map<int, Cost>;

std::map<std::string, Lines> costs_of(const KernelReport& kernel, const Report& report) {
  std::map<std::string, Lines> files;
  for (const MemoryLine& line : kernel.memory) {
    Cost& cost = files[line.place.file][line.place.line];
    cost.memory.push_back(&line);
    cost.moved_bytes += double(line.counts.moved_bytes());
  }
  for (const ArithmeticLine& line : kernel.arithmetic) files[line.place.file][line.place.line].arithmetic = &line;
  for (const FindingReport& finding : report.findings) {
    if (finding.kernel != kernel.name) continue;
    files[finding.place.file][finding.place.line].findings.push_back(to_sentence(finding));
    if (finding.other.line == 0) continue;
    files[finding.other.file][finding.other.line].findings.push_back(std::string("the other access of: ") +
                                                                     describe(finding.finding.fault));
  }
  return files;
}

const char* word_of(Operation operation) {
  switch (operation) {
    case Operation::load: return "load";
    case Operation::store: return "store";
    case Operation::atomic: return "atomic";
  }
  return "";
}

std::string note(const MemoryLine& line) {
  const Counts& c = line.counts;
  const bool global = line.space == Space::global;
  const double cost = line.per_request(global ? c.sectors : c.wavefronts);
  const double ideal = line.per_request(global ? c.ideal_sectors : c.ideal_wavefronts);
  std::string text = std::string("<span class=\"note") + (cost > ideal * 1.01 ? " bad" : "") + "\" title=\"column " +
                     std::to_string(line.place.column) + ", " + std::to_string(c.requests) + " requests, " +
                     short_number(line.per_request(c.lanes)) + " lanes, " + human_bytes(double(c.moved_bytes())) +
                     " moved for " + human_bytes(double(c.needed_bytes)) + " needed\">";
  text += std::string(global ? "global " : "shared ") + word_of(line.operation) + " <b>" + short_number(cost) +
          "</b> " + (global ? "sector" : "wavefront") + (cost == 1 ? "" : "s");
  if (cost > ideal * 1.01) text += " (ideal " + short_number(ideal) + ")";
  text += " &times; " + human_count(double(c.requests)) + (c.requests == 1 ? " request</span>" : " requests</span>");
  if (line.operation == Operation::atomic) {
    text += "<span class=\"note\">" + short_number(line.per_request(c.serial_passes)) + " lanes at one address</span>";
  }
  return text;
}

std::string notes(const Cost& cost) {
  std::string text;
  for (const MemoryLine* line : cost.memory) text += note(*line);
  if (cost.arithmetic != nullptr) {
    const Arithmetic& a = cost.arithmetic->arithmetic;
    const uint64_t flop = a.f32 + a.f64 + cost.arithmetic->tensor + cost.arithmetic->tf32;
    if (flop != 0) text += "<span class=\"note\">" + human_flop(double(flop)) + "</span>";
    if (a.special != 0) text += "<span class=\"note\">" + human_count(double(a.special)) + " special functions</span>";
  }
  for (const std::string& finding : cost.findings) text += "<span class=\"note fault\">" + escaped(finding) + "</span>";
  return text;
}

/// The lines of the file around those that cost something; one that moves `most` bytes is the warmest of its kernel.
std::string listing(const std::filesystem::path& path, const Lines& lines, double most) {
  constexpr int kContext = 4;
  std::set<int> shown;
  for (const auto& [number, cost] : lines) {
    for (int i = number - kContext; i <= number + kContext; ++i) shown.insert(i);
  }
  for (const int number : std::set(shown)) {
    if (shown.count(number + 2) != 0) shown.insert(number + 1);  // a gap of one line saves none
  }
  std::string html = "<div class=\"source\">\n";
  std::ifstream file(path);
  int number = 1, previous = 0;
  for (std::string line; std::getline(file, line); ++number) {
    if (shown.count(number) == 0) continue;
    if (previous != 0 && number != previous + 1) html += "<div class=\"gap\">&#8942;</div>\n";
    previous = number;
    const auto found = lines.find(number);
    const double heat = found == lines.end() || most == 0 ? 0 : std::sqrt(found->second.moved_bytes / most);
    html += "<div class=\"line\" style=\"--heat:" + short_number(std::round(heat * 100) / 100) +
            "\"><span class=\"number\">" + std::to_string(number) + "</span><code>" + escaped(line) + "</code>";
    if (found != lines.end()) html += "<span class=\"notes\">" + notes(found->second) + "</span>";
    html += "</div>\n";
  }
  return html + "</div>\n";
}

}  // namespace

std::string to_html(const Report& report, const std::string& root) {
  std::string html = kPageBegin;
  for (const KernelReport& kernel : report.kernels) {
    Report only;
    only.gpu = report.gpu;
    only.kernels.push_back(kernel);
    std::string summary = to_text(only);
    summary = summary.substr(0, summary.find("Findings:"));
    html += "<section>\n<h2>" + escaped(kernel.name) + "</h2>\n<details><summary>All counts</summary><pre>" +
            escaped(summary) + "</pre></details>\n";
    const auto files = costs_of(kernel, report);
    double most = 0;
    for (const auto& [file, lines] : files) {
      for (const auto& [number, cost] : lines) most = std::max(most, cost.moved_bytes);
    }
    for (const auto& [file, lines] : files) {
      const auto path = find_source(file, root);
      if (path.empty()) continue;
      html += "<h3>" + escaped(path.filename().string()) + "</h3>\n" + listing(path, lines, most);
    }
    html += "</section>\n";
  }
  if (report.findings.empty()) html += "<p>Findings: none.</p>\n";
  for (const FindingReport& finding : report.findings) {
    html += "<pre class=\"fault\">" + escaped(to_sentence(finding)) + "</pre>\n";
  }
  for (const std::string& remark : report.remarks) html += "<p>" + escaped(remark) + "</p>\n";
  return html + "</main></body></html>\n";
}

}  // namespace cadena::cuda::microscope
