// Figures by gnuplot, in one style: a white card that is readable on light and dark pages.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tutorials/support/chapter.h"

namespace cadena::tutorials {
namespace {

constexpr auto kStyle = R"(set encoding utf8
set border 3 lc rgb '#555555'
set tics nomirror
set grid lc rgb '#dddddd'
set key tmargin center horizontal maxrows 3 samplen 2
set style line 1 lc rgb '#2e86ab' lw 2 pt 7 ps 0.4
set style line 2 lc rgb '#d1495b' lw 2 pt 7 ps 0.4
set style line 3 lc rgb '#2a9d8f' lw 2 pt 7 ps 0.4
set style line 4 lc rgb '#e9a03b' lw 2 pt 7 ps 0.4
set style line 5 lc rgb '#6a4c93' lw 2 pt 7 ps 0.4
set style line 6 lc rgb '#8d6e63' lw 2 pt 7 ps 0.4
set style line 7 lc rgb '#607d3b' lw 2 pt 7 ps 0.4
set style line 8 lc rgb '#444444' lw 2 pt 7 ps 0.4
set style line 9 lc rgb '#c2185b' lw 2 pt 7 ps 0.4
set style line 10 lc rgb '#0097a7' lw 2 pt 7 ps 0.4
)";

// A string between single quotes, as gnuplot reads it.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string header(const Axes& axes) {
  return fmt::format("set title {}\nset xlabel {}\nset ylabel {}\n{}{}", quoted(axes.title), quoted(axes.x),
                     quoted(axes.y), axes.log_x ? "set logscale x\nset format x '10^{%L}'\n" : "",
                     axes.log_y ? "set logscale y\nset format y '10^{%L}'\n" : "");
}

// Blocks of "x y" lines under a line with the label, parted by two empty lines: gnuplot's `index`.
std::string table(const std::vector<Curve>& curves) {
  std::string data;
  for (const Curve& curve : curves) {
    if (curve.x.size() != curve.y.size())
      throw std::logic_error("figure: curve '" + curve.label + "' has " + std::to_string(curve.x.size()) + " x and " +
                             std::to_string(curve.y.size()) + " y");
    data += (data.empty() ? "# " : "\n\n# ") + curve.label + "\n";
    for (std::size_t i = 0; i < curve.x.size(); ++i) data += fmt::format("{:.5g}\t{:.5g}\n", curve.x[i], curve.y[i]);
  }
  return data;
}

std::string matrix(const std::vector<std::vector<double>>& rows) {
  std::string data;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) data += fmt::format("{}{:.4g}", i == 0 ? "" : "\t", row[i]);
    data += "\n";
  }
  return data;
}

std::string plot(const std::vector<Curve>& curves, const std::string& with, std::size_t first = 0) {
  std::string body;
  for (std::size_t i = 0; i < curves.size(); ++i)
    body += fmt::format("{}DATA index {} with {} ls {} title {}", body.empty() ? "" : ", ", first + i,
                        curves[i].points ? "points" : with, i % 10 + 1, quoted(curves[i].label));
  return body;
}

}  // namespace

void Run::figure(const std::string& name, double tolerance, const std::string& data, const std::string& script) {
  if (!figures_.insert_or_assign(name, tolerance).second && repeats_ == Repeats::refused)
    throw std::logic_error("figure '" + name + "' was drawn before");
  const auto folder = folder_ / "figures";
  std::ofstream(folder / (name + ".tsv")) << data;
  const std::string source = (folder / (name + ".gp")).string(), picture = (folder / (name + ".svg")).string();
  std::ofstream(source) << "set terminal svg size 720,480 font 'Helvetica,14' background 'white'\nset output "
                        << quoted(picture) << "\nDATA = " << quoted((folder / (name + ".tsv")).string()) << "\n"
                        << kStyle << script << "\n";
  std::string command = "gnuplot '";
  for (const char c : source) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
  if (std::system((command + "'").c_str()) != 0) throw std::runtime_error("gnuplot could not draw " + source);
}

void Run::curves(const std::string& name, const Axes& axes, const std::vector<Curve>& curves) {
  figure(name, axes.tolerance, table(curves), header(axes) + "plot " + plot(curves, "lines"));
}

void Run::scatter(const std::string& name, const Axes& axes, const std::vector<Curve>& classes) {
  figure(name, axes.tolerance, table(classes), header(axes) + "plot " + plot(classes, "points"));
}

void Run::contour(const std::string& name, const Axes& axes, const Field& field, const std::vector<Curve>& paths,
                  const std::vector<Curve>& points) {
  constexpr int kGrid = 80;
  std::string grid;
  for (int i = 0; i <= kGrid; ++i) {
    const double y = field.y_low + (field.y_high - field.y_low) * i / kGrid;
    for (int j = 0; j <= kGrid; ++j) {
      const double x = field.x_low + (field.x_high - field.x_low) * j / kGrid;
      grid += fmt::format("{:.4g} {:.4g} {:.4g}\n", x, y, field.f(x, y));
    }
    grid += "\n";
  }
  const std::string values = (folder_ / "figures" / (name + ".grid")).string();
  std::ofstream(values) << grid;

  std::string script = header(axes) + fmt::format("set xrange [{}:{}]\nset yrange [{}:{}]\n", field.x_low, field.x_high,
                                                  field.y_low, field.y_high);
  std::string body;
  if (field.classes) {
    script +=
        "unset colorbox\nunset grid\nset palette maxcolors 10 defined (0 '#cfe5ee', 1 '#f5d5da', 2 '#cdeae6', 3 "
        "'#faeacb', 4 '#dfd6e9', 5 '#e6ddda')\nset cbrange [0:5]\n";
    body = quoted(values) + " using 1:2:3 with image notitle";
  } else {
    const std::string lines = values + ".lines";
    script += fmt::format(
        "set table {}\nset contour base\nunset surface\nset cntrparam levels 12\nsplot {} using 1:2:3 "
        "with lines notitle\nunset table\n",
        quoted(lines), quoted(values));
    body = quoted(lines) + " using 1:2 with lines lc rgb '#bbbbbb' lw 1 notitle";
  }
  std::vector<Curve> all = paths;
  all.insert(all.end(), points.begin(), points.end());
  if (!paths.empty()) body += ", " + plot(paths, "linespoints");
  if (!points.empty()) body += ", " + plot(points, "points", paths.size());
  figure(name, axes.tolerance, table(all), script + "plot " + body);
}

void Run::heat_map(const std::string& name, const Axes& axes, const std::vector<std::vector<double>>& rows) {
  figure(name, axes.tolerance, matrix(rows),
         header(axes) +
             "unset grid\nset yrange [*:*] reverse\nset palette defined (0 '#ffffff', 1 '#2e86ab')\nset "
             "autoscale xfix\nset autoscale yfix\n" +
             (rows.size() <= 10 ? "set ytics 1\n" : "") + "plot DATA matrix with image pixels notitle");
}

void Run::images(const std::string& name, const std::string& title, const std::vector<Image>& images, int columns) {
  const int count = static_cast<int>(images.size()), rows = (count + columns - 1) / columns;
  std::string data, script = fmt::format(
                        "unset key\nset multiplot layout {},{} title {}\nunset border\nunset tics\nunset "
                        "colorbox\nunset grid\nset yrange [*:*] reverse\nset size ratio -1\nset lmargin "
                        "0.5\nset rmargin 0.5\nset palette gray negative\n",
                        rows, columns, quoted(title));
  for (std::size_t i = 0; i < images.size(); ++i) {
    data += (i == 0 ? "" : "\n\n") + matrix(images[i].pixels);
    script +=
        fmt::format("set title {} font ',11' offset 0,-0.7\nplot DATA index {} matrix with image pixels notitle\n",
                    quoted(images[i].caption), i);
  }
  figure(name, 0.05, data, script + "unset multiplot");
}

}  // namespace cadena::tutorials
