// What the example of a chapter reports: printed sections, values, and figures, which the page takes over.
#pragma once

#include <fmt/core.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cadena::tutorials {

/// Points joined by a line, or with `points` the points alone.
struct Curve {
  std::string label;
  std::vector<double> x, y;
  bool points = false;
};

/// Title, labels and scales of a figure.
struct Axes {
  std::string title{}, x{}, y{};
  bool log_x = false, log_y = false;
  double tolerance = 0.05;  ///< by which its numbers may differ on another machine, relative to their range
};

/// A function of the plane, drawn by its level lines (or, with `classes`, by its regions 0, 1, 2 …).
struct Field {
  double x_low, x_high, y_low, y_high;
  std::function<double(double, double)> f;
  bool classes = false;
};

/// A grey image with its caption; rows from top to bottom.
struct Image {
  std::vector<std::vector<double>> pixels;
  std::string caption;
};

/// One run of a chapter's example. Its report goes to `folder`: run.json with values and sections, figures/NAME.svg
/// with the numbers that were drawn as NAME.tsv.
class Run {
 public:
  /// Whether a section, value or figure may be reported again, as when a cell of a notebook is run twice: the last
  /// counts.
  enum class Repeats { refused, allowed };

  explicit Run(std::filesystem::path folder, Repeats repeats = Repeats::refused);

  /// Options of a section.
  struct Section {
    double tolerance = 1e-6;  ///< relative, by which its numbers may differ on another machine
  };

  /// Starts a section: what is printed from here on belongs to it.
  void section(const std::string& name, Section options);

  /// Prints to stdout and into the section. Throws std::logic_error outside of a section.
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    write(fmt::format(format, std::forward<Args>(args)...));
  }

  /// A number that the page quotes; `tolerance` is relative.
  void value(const std::string& key, double x, double tolerance);

  void curves(const std::string& name, const Axes& axes, const std::vector<Curve>& curves);
  void scatter(const std::string& name, const Axes& axes, const std::vector<Curve>& classes);
  /// Level lines or regions of a field, with paths and points over them.
  void contour(const std::string& name, const Axes& axes, const Field& field, const std::vector<Curve>& paths,
               const std::vector<Curve>& points = {});
  /// A matrix as colours, first row on top.
  void heat_map(const std::string& name, const Axes& axes, const std::vector<std::vector<double>>& rows);
  /// Images side by side, `columns` in a row.
  void images(const std::string& name, const std::string& title, const std::vector<Image>& images, int columns);

  /// Writes the report. Throws std::runtime_error if it cannot be written.
  void finish() const;

 private:
  struct Text {
    std::string text;
    double tolerance;
  };
  struct Number {
    double value, tolerance;
  };

  void write(const std::string& text);
  void figure(const std::string& name, double tolerance, const std::string& data, const std::string& script);

  std::filesystem::path folder_;
  Repeats repeats_;
  std::string section_;
  std::map<std::string, Text> sections_;
  std::map<std::string, Number> values_;
  std::map<std::string, double> figures_;  // tolerances
};

/// The path of a file of these sources: "data/digits.csv".
std::string source_file(const std::string& name);

/// The main function of an example: `--out DIR` (by default out/CHAPTER), `--help`. Returns the exit status; an
/// exception is reported on stderr.
int run(int argc, char** argv, const std::string& chapter, const std::function<void(Run&)>& body);

}  // namespace cadena::tutorials
