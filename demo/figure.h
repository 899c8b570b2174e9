#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace demo {

/// One line of a plot.
struct Curve {
  std::string label;
  std::vector<double> x, y;
};

/// A matrix drawn as a heat map with its numbers.
struct HeatMap {
  std::vector<std::vector<double>> values;  ///< rows from top to bottom
  std::vector<std::string> rows, columns;   ///< labels
  std::string row_title, column_title;
  bool show_numbers = true;
};

/// Draws curves, or a heat map, with gnuplot as NAME.svg and NAME.png in `folder`, and leaves the script NAME.gp beside
/// them. Returns the pictures. Where gnuplot is missing or fails, that is said on stderr, and the script is what
/// remains. Each file appears whole or not at all: throws cadena::IoError if one cannot be written, as on a full disk.
std::vector<std::filesystem::path> draw(const std::filesystem::path& folder, const std::string& name,
                                        const std::string& title, const std::string& x_title,
                                        const std::string& y_title, const std::vector<Curve>& curves,
                                        bool log_y = false);
std::vector<std::filesystem::path> draw(const std::filesystem::path& folder, const std::string& name,
                                        const std::string& title, const HeatMap& map);

/// The same with Graphviz, from `dot` text, which is left as NAME.dot.
std::vector<std::filesystem::path> draw_graph(const std::filesystem::path& folder, const std::string& name,
                                              const std::string& dot);

/// Means over consecutive windows of at most `most` points, for curves with many steps.
Curve thinned(const std::string& label, const std::vector<double>& values, std::size_t most = 200);

}  // namespace demo
