#include "demo/figure.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tensor/base/error.h"

namespace demo {
namespace {

namespace fs = std::filesystem;

/// A string between single quotes, as gnuplot reads it.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

/// A path between single quotes, as the shell reads it.
std::string shell_quoted(const fs::path& path) {
  std::string result = "'";
  for (char c : path.string()) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

fs::path write(const fs::path& folder, const std::string& file, const std::string& text) {
  fs::create_directories(folder);
  const fs::path path = folder / file;
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out) cadena::fail<cadena::IoError>(path.string(), ": cannot be written");
  return path;
}

bool run(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

constexpr auto kStyle = R"(set encoding utf8
set border 3 lc rgb '#555555'
set tics nomirror textcolor rgb '#333333'
set grid lc rgb '#dddddd'
set key top right
set style line 1 lc rgb '#1f6feb' lw 2
set style line 2 lc rgb '#d1495b' lw 2
set style line 3 lc rgb '#2a9d8f' lw 2
)";

/// Runs the body of a plot once for each format.
std::vector<fs::path> plot(const fs::path& folder, const std::string& name, const std::string& title,
                           const std::string& body) {
  const fs::path svg = folder / (name + ".svg"), png = folder / (name + ".png");
  std::string script = std::string(kStyle) + "set title " + quoted(title) + "\n";
  script += "set terminal svg size 720,480 font 'Helvetica,14' background 'white'\nset output " + quoted(svg.string()) +
            "\n" + body;
  script += "set terminal pngcairo size 1080,720 font 'Helvetica,16'\nset output " + quoted(png.string()) + "\n" + body;
  const fs::path source = write(folder, name + ".gp", script);
  if (!run("gnuplot " + shell_quoted(source))) return {source};
  return {svg, png};
}

}  // namespace

std::vector<fs::path> draw(const fs::path& folder, const std::string& name, const std::string& title,
                           const std::string& x_title, const std::string& y_title, const std::vector<Curve>& curves,
                           bool log_y) {
  std::ostringstream body;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    body << "$curve" << i << " << EOD\n";
    for (std::size_t k = 0; k < curves[i].x.size(); ++k) body << curves[i].x[k] << ' ' << curves[i].y[k] << '\n';
    body << "EOD\n";
  }
  body << (log_y ? "set logscale y\n" : "unset logscale y\n");
  body << "set xlabel " << quoted(x_title) << "\nset ylabel " << quoted(y_title) << "\nplot ";
  for (std::size_t i = 0; i < curves.size(); ++i) {
    body << (i == 0 ? "" : ", ") << "$curve" << i << " with lines ls " << i % 3 + 1 << " title "
         << quoted(curves[i].label);
  }
  body << "\n";
  return plot(folder, name, title, body.str());
}

std::vector<fs::path> draw(const fs::path& folder, const std::string& name, const std::string& title,
                           const HeatMap& map) {
  std::ostringstream body;
  body << "$map << EOD\n";
  for (const auto& row : map.values) {
    for (double v : row) body << v << ' ';
    body << '\n';
  }
  body << "EOD\nunset key\nset palette defined (0 '#ffffff', 1 '#1f6feb')\nset size ratio -1\nset yrange [*:*] "
          "reverse\n";
  body << "set xlabel " << quoted(map.column_title) << "\nset ylabel " << quoted(map.row_title) << "\n";
  const auto tics = [&](const char* axis, const std::vector<std::string>& labels) {
    body << "set " << axis << "tics (";
    for (std::size_t i = 0; i < labels.size(); ++i) body << (i == 0 ? "" : ", ") << quoted(labels[i]) << ' ' << i;
    body << ")\n";
  };
  tics("x", map.columns);
  tics("y", map.rows);
  body << "plot $map matrix using 1:2:3 with image";
  if (map.show_numbers) body << ", $map matrix using 1:2:(sprintf('%g', $3)) with labels font ',10'";
  body << "\n";
  return plot(folder, name, title, body.str());
}

std::vector<fs::path> draw_graph(const fs::path& folder, const std::string& name, const std::string& dot) {
  const fs::path source = write(folder, name + ".dot", dot);
  std::vector<fs::path> files;
  for (const char* format : {"svg", "png"}) {
    const fs::path picture = folder / (name + "." + format);
    if (run(std::string("dot -T") + format + " -o " + shell_quoted(picture) + " " + shell_quoted(source)))
      files.push_back(picture);
  }
  return files.empty() ? std::vector<fs::path>{source} : files;
}

Curve thinned(const std::string& label, const std::vector<double>& values, std::size_t most) {
  const std::size_t window = std::max<std::size_t>(1, (values.size() + most - 1) / most);
  Curve curve{label, {}, {}};
  for (std::size_t begin = 0; begin < values.size(); begin += window) {
    const std::size_t end = std::min(values.size(), begin + window);
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += values[i];
    curve.x.push_back(static_cast<double>(begin + end - 1) / 2);
    curve.y.push_back(sum / static_cast<double>(end - begin));
  }
  return curve;
}

}  // namespace demo
