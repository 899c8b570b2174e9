#include <algorithm>

#include <fmt/core.h>

#include "cuda/runtime/device.h"
#include "tools/ladder/table.h"

namespace cadena::tools {
namespace {

const char* word(Line::Outcome outcome) {
  switch (outcome) {
    case Line::Outcome::correct: return "correct";
    case Line::Outcome::wrong: return "WRONG";
    case Line::Outcome::fault: return "FAULT";
    case Line::Outcome::not_here: break;
  }
  return "-";
}

// "32 -> 4", with as many digits as tell them apart.
std::string change(std::optional<double> before, std::optional<double> after) {
  if (!after) return "not counted";
  return before ? fmt::format("{:.4g} -> {:.4g}", *before, *after) : fmt::format("{:.4g}", *after);
}

std::string expected(const cuda::ladder::Share& share) { return fmt::format("{:g} to {:g}", share.least, share.most); }

// Prints rows of cells, each column as wide as its widest cell.
void print_cells(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) text += fmt::format("{:<{}}  ", row[i], widths[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    fmt::print("{}\n", text);
  }
}

}  // namespace

void print(const Table& table) {
  fmt::print("{}: {}; size {}, on {}\n\n", table.ladder->name, table.ladder->problem, table.size, cuda::device_name());
  std::vector<std::string> header{"", "step", "result", "max error"};
  if (table.timed) header.insert(header.end(), {"ms", table.unit, "% of " + table.peer, "expected"});
  header.insert(header.end(), {"metric", "predicted"});
  if (table.counted) header.insert(header.end(), {"counted", ""});
  std::vector<std::vector<std::string>> rows{header};
  for (const Line& line : table.lines) {
    const auto& step = *line.step;
    std::vector<std::string> row{step.id, step.title, word(line.outcome),
                                 line.ran() ? fmt::format("{:.1e}", line.max_error) : "-"};
    const auto cell = [](std::optional<double> value) { return value ? fmt::format("{:.4g}", *value) : "-"; };
    if (table.timed) {
      row.insert(row.end(), {cell(line.milliseconds), cell(line.speed), cell(line.share), expected(step.expected)});
    }
    row.insert(row.end(), {step.metric.name, change(step.metric.before, step.metric.after)});
    if (table.counted) {
      row.push_back(line.ran() ? change(line.counted_before, line.counted) : "-");
      row.push_back(!line.counted ? "" : line.as_predicted() ? "as predicted" : "DIFFERS");
    }
    rows.push_back(std::move(row));
  }
  print_cells(rows);
  fmt::print("\n");
  for (const Line& line : table.lines) {
    if (!line.reason.empty()) fmt::print("{}: {}\n", line.step->id, line.reason);
  }
  for (const auto& [flight, speed] : table.peer_speeds) {
    fmt::print("{}, {}: {:.4g} {}\n", table.peer, flight, speed, table.unit);
  }
  if (table.timed) {
    fmt::print("Expected: the share of {} on an H200.\n", table.peer);
  } else {
    fmt::print("This is the emulator: it proves results{}; its speed says nothing about a GPU.\n",
               table.counted ? " and counts what the kernels do to memory" : "");
  }
}

void print_bars(const Table& table) {
  const std::size_t width = 52;
  const auto place = [&](double percent) { return std::min(width - 1, static_cast<std::size_t>(percent / 2)); };
  fmt::print("\n{:<4}0 %{:>23}{:>25} of {}\n", "", "50 %", "100 %", table.peer);
  for (const Line& line : table.lines) {
    std::string bar(width, ' ');
    for (std::size_t i = 0; line.share && i <= place(*line.share); ++i) bar[i] = '=';
    const auto& [least, most] = line.step->expected;
    for (std::size_t i = place(least); i <= place(most); ++i) bar[i] = bar[i] == '=' ? '#' : '-';
    fmt::print("{:<4}{}\n", line.step->id, bar);
  }
  fmt::print("{:<4}{}- to expect on an H200\n", "", table.timed ? "= measured, # both, " : "");
}

}  // namespace cadena::tools
