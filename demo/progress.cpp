#include "demo/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace demo {
namespace {

constexpr int kWidth = 28;

/// "1:05"
std::string clock_text(double seconds) {
  const auto whole = static_cast<int>(std::lround(seconds));
  char text[32];
  std::snprintf(text, sizeof text, "%d:%02d", whole / 60, whole % 60);
  return text;
}

}  // namespace

Progress::Progress(std::string title, std::int64_t total)
    : title_(std::move(title)), total_(std::max<std::int64_t>(total, 1)), terminal_(isatty(STDOUT_FILENO) == 1) {}

void Progress::update(std::int64_t done, const std::string& note) {
  if (start_ < 0) start_ = done > 0 ? done - 1 : 0;
  const auto now = Clock::now();
  if (terminal_) {
    if (now - drawn_ < std::chrono::milliseconds(100)) return;
  } else {
    const std::int64_t tenth = done * 10 / total_;
    if (tenth == last_tenth_) return;
    last_tenth_ = tenth;
  }
  drawn_ = now;
  draw(done, note);
}

void Progress::finish(const std::string& note) {
  if (!terminal_) return;
  draw(total_, note);
  std::fputs("\n", stdout);
}

void Progress::draw(std::int64_t done, const std::string& note) {
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  const int filled = static_cast<int>(share * kWidth);
  std::string bar = std::string(static_cast<std::size_t>(filled), '=');
  if (filled < kWidth) bar += '>';
  bar.resize(kWidth, ' ');
  const double elapsed = std::chrono::duration<double>(Clock::now() - began_).count();
  const double steps = static_cast<double>(std::max<std::int64_t>(done - start_, 1));
  const double left = elapsed / steps * static_cast<double>(total_ - done);
  std::printf("%s%-22s [%s] %5lld/%lld  %s  %s left%s", terminal_ ? "\r" : "", title_.c_str(), bar.c_str(),
              static_cast<long long>(done), static_cast<long long>(total_), note.c_str(), clock_text(left).c_str(),
              terminal_ ? "\033[K" : "\n");
  std::fflush(stdout);
}

}  // namespace demo
