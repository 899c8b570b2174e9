#include "demo/figure.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>
#include <sstream>

#include "demo/process.h"
#include "tensor/io/file.h"

namespace demo {
namespace {

namespace fs = std::filesystem;

/// A string between single quotes, as gnuplot reads it.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

fs::path write(const fs::path& folder, const std::string& file, const std::string& text) {
  fs::create_directories(folder);
  const fs::path path = folder / file;
  cadena::write_file(path.string(), text);
  return path;
}

/// Says once why a program draws nothing, however many figures it was to draw.
void say_once(const std::string& why) {
  static std::set<std::string> said;
  if (said.insert(why).second) std::fprintf(stderr, "%s\n", why.c_str());
}

/// Draws `source` as NAME.svg and NAME.png beside it, from what `program` prints when called with `arguments(format)`.
/// Returns the pictures, or the source alone where there are none.
std::vector<fs::path> draw_both(const fs::path& source, const std::string& program,
                                const std::function<std::vector<std::string>(const std::string&)>& arguments) {
  std::vector<fs::path> files;
  for (const char* format : {"svg", "png"}) {
    Outcome drawn = run_program(program, arguments(format));
    if (drawn.failure.empty() && drawn.output.empty()) drawn.failure = program + ": printed nothing";
    if (!drawn.failure.empty()) {
      const std::string reason = drawn.errors.substr(0, drawn.errors.find_last_not_of(" \n") + 1);
      say_once("No " + std::string(format) + " figures: " + drawn.failure + (reason.empty() ? "" : ":\n") + reason);
      continue;
    }
    files.push_back(fs::path(source).replace_extension(format));
    cadena::write_file(files.back().string(), drawn.output);
  }
  return files.empty() ? std::vector<fs::path>{source} : files;
}

constexpr auto kStyle = R"(set encoding utf8
set border 3 lc rgb '#555555'
set tics nomirror textcolor rgb '#333333'
set grid lc rgb '#dddddd'
set key top right
set style line 1 lc rgb '#1f6feb' lw 2
set style line 2 lc rgb '#d1495b' lw 2
set style line 3 lc rgb '#2a9d8f' lw 2
)";

/// Opens a script: `gnuplot NAME.gp > NAME.svg`, or with `-e 'png = 1'` a png.
constexpr auto kTerminal = R"(if (exists('png')) {
  set terminal pngcairo size 1080,720 font 'Helvetica,16'
} else {
  set terminal svg size 720,480 font 'Helvetica,14' background 'white'
}
)";

std::vector<fs::path> plot(const fs::path& folder, const std::string& name, const std::string& title,
                           const std::string& body) {
  const std::string script = std::string(kTerminal) + kStyle + "set title " + quoted(title) + "\n" + body;
  const fs::path source = write(folder, name + ".gp", script);
  const std::string script_path = fs::absolute(source).string();  // never taken for an option
  return draw_both(source, "gnuplot", [&](const std::string& format) {
    return format == "png" ? std::vector<std::string>{"-e", "png = 1", script_path}
                           : std::vector<std::string>{script_path};
  });
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
  return draw_both(source, "dot", [&](const std::string& format) {
    return std::vector<std::string>{"-T" + format, fs::absolute(source).string()};
  });
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
