#include <array>
#include <cmath>
#include <cstdio>

#include "cuda/runtime/microscope/write.h"

namespace cadena::cuda::microscope {
namespace {

std::string with_precision(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// Three digits and a prefix.
std::string scaled(double value, const std::array<const char*, 5>& units) {
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  const int digits = unit == 0 && value == std::floor(value) ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return with_precision(value, digits) + units[unit];
}

std::string triple(const Coordinates& at) {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

}  // namespace

std::string human_bytes(double bytes) { return scaled(bytes, {" B", " KB", " MB", " GB", " TB"}); }
std::string human_count(double count) { return scaled(count, {"", " K", " M", " G", " T"}); }
std::string human_flop(double flop) { return scaled(flop, {" FLOP", " KFLOP", " MFLOP", " GFLOP", " TFLOP"}); }

std::string human_time(double microseconds) {
  if (microseconds >= 1000) return with_precision(microseconds / 1000, 2) + " ms";
  if (microseconds >= 1) return with_precision(microseconds, 2) + " us";
  return with_precision(microseconds * 1000, 1) + " ns";
}

std::string short_number(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string to_sentence(const FindingReport& report) {
  const Finding& finding = report.finding;
  std::string text = std::string(describe(finding.fault)) + "\n    " + report.kernel;
  if (report.place.line != 0) text += " at " + report.place.short_text();
  if (report.place.line != 0 || finding.place != 0) {
    text += ", thread " + triple(finding.thread) + " of block " + triple(finding.block);
  }
  if (!finding.detail.empty()) text += ": " + finding.detail;
  if (finding.other_place != 0) {
    text += "\n    the other access at " + report.other.short_text() + ", thread number " +
            std::to_string(finding.other_thread) + " of block number " + std::to_string(finding.other_block);
  }
  if (finding.times > 1) text += "\n    " + std::to_string(finding.times) + " times";
  return text;
}

}  // namespace cadena::cuda::microscope
