#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/core.h>

#include "cuda/runtime/device.h"
#include "tools/ladder/table.h"

namespace cadena::tools {
namespace {

namespace fs = std::filesystem;

/// Text between single quotes, as gnuplot reads it.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

/// A path between single quotes, as the shell reads it.
std::string shell_quoted(const std::string& path) {
  std::string result = "'";
  for (const char c : path) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// A bar for each step; the range to expect as a line with ends.
std::string script(const Table& table, const std::string& picture) {
  std::string data = "$steps << EOD\n";
  double highest = 100;
  for (const Line& line : table.lines) {
    const auto& [least, most] = line.step->expected;
    data += fmt::format("{} {} {} {}\n", line.step->id, line.share ? fmt::format("{:.4g}", *line.share) : "NaN", least,
                        most);
    highest = std::max({highest, most, line.share.value_or(0)});
  }
  data += "EOD\n";
  const std::string title = fmt::format("{}, size {}: {}", table.ladder->name, table.size,
                                        table.timed ? cuda::device_name() : "what to expect of an H200; not measured");
  return fmt::format(R"(set encoding utf8
set border 3 lc rgb '#555555'
set tics nomirror textcolor rgb '#333333'
set grid ytics lc rgb '#dddddd'
set key top left
set title {} noenhanced
set ylabel '% of {}'
set yrange [0:{}]
set boxwidth 0.7
set style fill solid 0.9
set terminal svg size {},420 font 'Helvetica,14' background 'white'
set output {}
{}plot {}$steps using 0:(($3+$4)/2):3:4:xtic(1) with yerrorbars pt 0 lw 2 lc rgb '#d1495b' title 'expected on an H200'
)",
                     quoted(title), table.peer, highest * 1.15, 240 + 60 * table.lines.size(), quoted(picture), data,
                     table.timed ? "$steps using 0:2 with boxes lc rgb '#1f6feb' title 'measured', " : "");
}

}  // namespace

std::string draw(const Table& table, const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  const std::string base = (fs::path(folder) / ("ladder_" + table.ladder->name)).string();
  std::ofstream file(base + ".gp");
  file << script(table, base + ".svg");
  file.close();
  if (!file) throw std::runtime_error("ladder: cannot write " + base + ".gp");
  const bool drawn = std::system(("gnuplot " + shell_quoted(base + ".gp") + " >/dev/null 2>&1").c_str()) == 0;
  return base + (drawn ? ".svg" : ".gp");
}

}  // namespace cadena::tools
